"""What callers say to a ledger: few ids, numbers and dates, so that they meet again and again.

Each case is the row as sent, the row as meant (for the model), and the field for which it must be
rejected whatever the ledger holds, None where it is a good row.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.properties.plain import OF_TYPE, RANK, SAID, written

BEGIN = datetime.now(UTC).replace(microsecond=250_000)
NUMBERS = ("15556667777", "447700900000", "999")
BODIES = ("JOIN", "Hi 👋\n\"quoted\" \\ and 'so'", "")
NETWORKS = ("T-Mobile", "AT&T Mobility, LLC")
DATES = (
    BEGIN - timedelta(days=365) + timedelta(minutes=30),  # leaves while we look
    BEGIN - timedelta(days=2),
    BEGIN - timedelta(days=2) + timedelta(microseconds=1),
    BEGIN - timedelta(days=2) + timedelta(seconds=1),
    BEGIN + timedelta(hours=24),
    None,
)
# The row as sent, the row as meant, the field for which it must be rejected.
Case = tuple[dict[str, Any], dict[str, Any], str | None]

IDS = ("ïd 👋/%2F", *(f"m-{n}" for n in range(1, 40)))

_WRONG_MESSAGES = (
    ({"type": "MX"}, "type"),
    ({"deliveryStatus": "Delivered ", "type": "MT"}, "deliveryStatus"),
    ({"deliveryStatus": "Sent", "type": "MO"}, "deliveryStatus"),
    ({"number": "12"}, "number"),
    ({"body": "\0"}, "body"),
    ({"date": "2001-01-01T00:00:00"}, "date"),
    ({"colour": "blue"}, "colour"),
)
_WRONG_RECEIPTS = (
    ({"deliveryStatus": "delivered"}, "deliveryStatus"),
    ({"number": "12"}, "number"),
    ({"text": "\0"}, "text"),
    ({"date": "0000-01-01T00:00:00"}, "date"),
)


def _sent(meant: dict[str, Any]) -> dict[str, Any]:
    """The row as it goes over the wire: six digits, and perhaps a plus before the number."""
    row = {name: value for name, value in meant.items() if value is not None}
    if "date" in row:
        row["date"] = written(row["date"])
    return row


@st.composite
def messages(draw: st.DrawFn) -> Case:
    """A message: mostly what its id always says, now and then something else under that id."""
    ordinal = draw(st.integers(0, len(IDS) - 1))
    message_type = "MO" if ordinal % 3 == 0 else "MT"
    meant: dict[str, Any] = {
        "id": IDS[ordinal],
        "type": message_type,
        "number": NUMBERS[ordinal % 3],
        "body": BODIES[ordinal % 3],
        "date": DATES[ordinal % len(DATES)],
    }
    optional: dict[str, st.SearchStrategy[str | int]] = {
        "deliveryStatus": st.sampled_from(OF_TYPE[message_type]),
        "network": st.sampled_from(NETWORKS),
        "errorCode": st.just("38"),
        "shortCode": st.just("20880"),
        "gateway": st.just("kannel"),
        "segments": st.just(2),
    }
    meant |= draw(st.fixed_dictionaries({}, optional=optional))
    if draw(st.integers(0, 5)) == 0:
        meant |= draw(
            st.sampled_from(
                [{"number": "888"}, {"body": "other"}, {"date": None}, {"date": DATES[1]}]
            )
        )
    return _case(draw, meant, _WRONG_MESSAGES)


@st.composite
def receipts(draw: st.DrawFn) -> Case:
    """A receipt: often for a number that is not the message's, or for one that has not come."""
    ordinal = draw(st.integers(0, len(IDS) - 1))
    meant: dict[str, Any] = {
        "id": IDS[ordinal],
        "deliveryStatus": draw(st.sampled_from(RANK)),
        "date": draw(st.sampled_from([None, DATES[1], DATES[3]])),
    }
    optional = {
        "number": st.sampled_from([NUMBERS[ordinal % 3], NUMBERS[(ordinal + 1) % 3]]),
        "network": st.sampled_from(NETWORKS),
        "errorCode": st.just("7"),
        "gateway": st.just("kannel"),
        "text": st.just("stat:DELIVRD"),
    }
    meant |= draw(st.fixed_dictionaries({}, optional=optional))
    return _case(draw, meant, _WRONG_RECEIPTS)


def undated(case: Case) -> Case:
    """The same receipt without its date."""
    row, meant, wrong = case
    sent = {name: value for name, value in row.items() if name != "date" or wrong == "date"}
    return sent, meant | {"date": None}, wrong


def _case(
    draw: st.DrawFn, meant: dict[str, Any], wrongs: tuple[tuple[dict[str, Any], str], ...]
) -> Case:
    row = _sent(meant)
    if "number" in row and draw(st.booleans()):
        row["number"] = draw(st.sampled_from([f"+{row['number']}", int(row["number"])]))
    if draw(st.integers(0, 7)) == 0:
        spoilt, field = draw(st.sampled_from(wrongs))
        return row | spoilt, meant, field
    return row, meant, None


@st.composite
def filters(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters of a walk, and what they mean."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "deliveryStatus": st.lists(st.sampled_from(RANK), min_size=1, max_size=3, unique=True),
        "number": st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2, unique=True),
        "network": st.lists(st.sampled_from([*NETWORKS, ""]), min_size=1, max_size=2),
        "startDate": st.sampled_from([date for date in DATES if date]),
        "endDate": st.sampled_from([date for date in DATES if date]),
    }
    optional["messageType"] = st.sampled_from(["MO", "mt"])
    names = draw(st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True))
    asked = {name: draw(optional[name]) for name in names}
    # Whole seconds, both inclusive: the dates above have fractions.
    dates = sorted(
        asked[name].replace(microsecond=0) for name in ("startDate", "endDate") if name in asked
    )
    parameters = {
        name: value for name, value in asked.items() if name not in {"startDate", "endDate"}
    }
    meant = {
        "type": asked["messageType"].upper() if "messageType" in asked else None,
        "statuses": asked.get("deliveryStatus"),
        "numbers": asked.get("number"),
        "networks": asked.get("network"),
    }
    for name in ("deliveryStatus", "number"):
        if name in parameters:
            parameters[name] = ",".join(parameters[name])
    if "startDate" in asked:
        meant["start"] = dates[0]
        parameters["startDate"] = written(dates[0], "seconds")
    if "endDate" in asked:
        meant["end"] = dates[-1] + timedelta(microseconds=999_999)
        parameters["endDate"] = written(dates[-1], "seconds")
    return parameters, meant


def said(entry: dict[str, Any], micros: Callable[[datetime], int]) -> tuple[Any, ...]:
    """An entry of a history as the store's columns have it."""
    date = None if entry["date"] is None else micros(entry["date"])
    return (entry["deliveryStatus"], date, *(entry[name] for name in SAID))
