"""Query strings for the server to meet: each text with what is meant by it, or nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from hypothesis import strategies as st

from smsledger.web.api.pages import PARAMETERS

NAMES = tuple(parameter.name for parameter in PARAMETERS)
STATUSES = ("Sent", "Error", "Undelivered", "Delivered", "Processing", "Received")
INCLUDABLE = ("id", "shortCode", "segments", "updatedAt", "errorCode", "gateway")

Item = TypeVar("Item")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_digits = st.text("0123456789", min_size=1, max_size=20)
_words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@st.composite
def dates(draw: st.DrawFn, first_year: int, last_year: int) -> tuple[str, tuple[int, int]]:
    """A written date and the first and last microsecond that it stands for."""
    moment = draw(st.datetimes(datetime(first_year, 1, 2), datetime(last_year, 12, 30)))  # noqa: DTZ001
    digits = draw(st.integers(0, 9))
    fraction = f"{moment.microsecond:06d}{draw(st.integers(0, 999)):03d}"[:digits]
    minutes = draw(st.integers(-14 * 60, 14 * 60))
    zone = draw(st.sampled_from(["", "Z", "{:+03d}:{:02d}", "{:+03d}{:02d}"]))
    shift = timedelta(minutes=minutes if "{" in zone else 0)
    sign, size = (-1 if minutes < 0 else 1), abs(minutes)
    shown = zone.format(sign * (size // 60), size % 60)
    if minutes < 0 and "{" in zone:  # {:+03d} writes +00 for less than an hour west
        shown = "-" + shown[1:]
    unit = 10 ** max(0, 6 - digits)
    first = (moment.replace(tzinfo=UTC) - shift - _EPOCH) // timedelta(microseconds=1)
    first = first // unit * unit
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if digits else "") + shown
    return text, (first, first + unit - 1)


def _listed(items: st.SearchStrategy[Item]) -> st.SearchStrategy[list[Item]]:
    return st.lists(items, min_size=1, max_size=4)


def _numbers(found: list[tuple[str, str]]) -> tuple[str, tuple[str, ...]]:
    given = ",".join(plus + number for plus, number in found)
    return given, tuple(sorted({number for _, number in found}))


def _networks(names: list[str]) -> tuple[list[str], tuple[str | None, ...]]:
    known = tuple(sorted({name for name in names if name}))
    return names, ((None, *known) if "" in names else known)


def _in_order(of: tuple[str, ...]) -> Callable[[list[str]], tuple[str, tuple[str, ...]]]:
    return lambda words: (",".join(words), tuple(word for word in of if word in words))


# By wire name: texts that are right, with the field of the request and its value.
RIGHT: dict[str, st.SearchStrategy[tuple[Any, str, Any]]] = {
    "messageType": st.sampled_from(["MO", "mo", "Mo", "MT", "mT"]).map(
        lambda text: (text, "message_type", text.upper())
    ),
    "startDate": dates(1970, 2010).map(lambda date: (date[0], "start", date[1][0])),
    "endDate": dates(2011, 2090).map(lambda date: (date[0], "end", date[1][1])),
    "pageSize": st.integers(1, 500).map(lambda size: (str(size), "page_size", size)),
    "page": st.integers(1, 2000).map(lambda page: (str(page), "page", page)),
    "deliveryStatus": _listed(st.sampled_from(STATUSES))
    .map(_in_order(STATUSES))
    .map(lambda pair: (pair[0], "delivery_statuses", pair[1])),
    "number": _listed(st.tuples(st.sampled_from(["", "+"]), _digits))
    .map(_numbers)
    .map(lambda pair: (pair[0], "numbers", pair[1])),
    "network": _listed(_words).map(_networks).map(lambda pair: (pair[0], "networks", pair[1])),
    "include": _listed(st.sampled_from(INCLUDABLE))
    .map(_in_order(INCLUDABLE))
    .map(lambda pair: (pair[0], "include", pair[1])),
}

SQL = "x' OR 1=1; DROP TABLE message; --"
HOSTILE = (
    SQL,
    "",
    "\0",
    "9" * 100,
    "-1",
    "0x10",
    "1.0",
    "١٢٣",
    "null",
    "*",
    "%",
    "\u202e",
    "\ufffe",
)
_WRONG = {
    "messageType": ("MX", "M", "MO,MT", "MO ", "both"),
    "startDate": ("0000-01-01T00:00:00", "2024-01-01", "2024-02-30T00:00:00", "now", "1e9"),
    "endDate": ("2024-01-01T24:00:00", "2024-01-01T00:00:00+99:00", "9999-99-99T99:99:99"),
    "pageSize": ("0", "501", "5 0", "+5", "1e2"),
    "page": ("0", "9" * 19, "1,2", "first"),
    "deliveryStatus": ("sent", "Sent,", ",", "Delivered;Sent"),
    "number": ("1" * 21, "+", "1,,2", "15556667777'", "1 5"),
    "include": ("body", "id,", "ID", "include"),
    "cursor": ("AAAA", "AQ", "é", "=" * 9, "x" * 9000),
}
# By wire name: texts that are wrong, whatever else is asked for.
WRONG = {name: st.sampled_from([*texts, *HOSTILE]) for name, texts in _WRONG.items()}
WRONG["network"] = st.sampled_from(["\0", "a\0b"])


def encoded(pairs: list[tuple[str, str]]) -> str:
    """The query string of names and texts, percent-encoded."""
    return "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs)


@st.composite
def right(
    draw: st.DrawFn, names: tuple[str, ...] = NAMES
) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Pairs of names and texts that are all right, and the fields that they fill."""
    chosen = draw(st.lists(st.sampled_from([n for n in names if n in RIGHT]), unique=True))
    pairs: list[tuple[str, str]] = []
    fields: dict[str, Any] = {}
    for name in chosen:
        text, field, value = draw(RIGHT[name])
        pairs += [(name, each) for each in text] if name == "network" else [(name, text)]
        fields[field] = value
    return pairs + pairs[: draw(st.integers(0, 2))], fields  # some come twice


@st.composite
def wrong(draw: st.DrawFn) -> tuple[list[tuple[str, str]], set[str]]:
    """Pairs that are right or wrong, and the names of those that are wrong."""
    bad = draw(st.lists(st.sampled_from(sorted(WRONG)), unique=True, min_size=1, max_size=6))
    unknown = draw(st.lists(_words.filter(lambda word: word not in NAMES), unique=True, max_size=2))
    good, _fields = draw(right(tuple(name for name in NAMES if name not in bad)))
    again = [(name, "?") for name, _ in good if name != "network"][: draw(st.integers(0, 1))]
    pairs = [(name, draw(WRONG[name])) for name in bad] + [(name, "1") for name in unknown]
    return draw(st.permutations(pairs + good + again)), {*bad, *unknown, *(n for n, _ in again)}


_pieces = st.one_of(
    st.sampled_from(
        [*NAMES, *HOSTILE, "=", "&", "+", "%", "%00", "%ff", "%ed%a0%80", "%zz", ";", ",", "#"]
    ).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=6),
    wrong().map(lambda case: encoded(case[0]).encode()),
    right().map(lambda case: encoded(case[0]).encode()),
)
# Any bytes, most of them nearly a query string.
garbage = st.lists(_pieces, max_size=8).map(b"".join)
