"""The ledger as the contract describes it (sections 2 and 5), in lists and dicts.

It shares no code with the product. Instants are datetimes; rows are the dicts that go over the
wire, except that a date is a datetime or None.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

RANK = ["Sent", "Error", "Undelivered", "Delivered", "Processing", "Received"]
OF_TYPE = {"MT": RANK[:4], "MO": RANK[4:]}
FIRST = {"MT": "Sent", "MO": "Received"}
RETENTION = timedelta(days=365)
SAID = ("network", "gateway", "errorCode", "text")


def written(moment: datetime, timespec: str = "microseconds") -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec)


class PlainLedger:
    """Messages in the order of their arrival, and the receipts that wait for theirs."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.waiting: list[dict[str, Any]] = []

    def find(self, message_id: str) -> dict[str, Any] | None:
        return next((each for each in self.messages if each["id"] == message_id), None)

    def ingest(self, row: dict[str, Any], now: datetime) -> str:
        """Take one message: "accepted", "duplicate", or the field that it is rejected for."""
        if out_of_range(row["date"], now):
            return "date"
        status = row.get("deliveryStatus", FIRST[row["type"]])
        known = self.find(row["id"])
        if known is None:
            self._bear(row, status, now)
            return "accepted"
        dates = {row["date"], known["date"] if known["dated"] else None} - {None}
        if len(dates) > 1 or any(known[name] != row[name] for name in ("type", "number", "body")):
            return "id"
        if RANK.index(status) > RANK.index(known["status"]):
            said = {name: row.get(name) for name in SAID} | {"deliveryStatus": status, "date": None}
            self._hear(known, said, now)
        return "duplicate"

    def receive(self, receipt: dict[str, Any], now: datetime) -> str:
        """Take one receipt, with the same answers."""
        if out_of_range(receipt["date"], now):
            return "date"
        known = self.find(receipt["id"])
        if known is None or receipt.get("number") not in (None, known["number"]):
            alike = [each for each in self.waiting if each["id"] == receipt["id"]]
            alike = [each for each in alike if each.get("number") == receipt.get("number")]
            if any(repeats(each, receipt) for each in alike):
                return "duplicate"
            self.waiting.append(receipt)
            return "accepted"
        if receipt["deliveryStatus"] not in OF_TYPE[known["type"]]:
            return "deliveryStatus"
        if any(repeats(entry, receipt) for entry in known["history"]):
            return "duplicate"
        self._hear(known, receipt, now)
        return "accepted"

    def _bear(self, row: dict[str, Any], status: str, now: datetime) -> None:
        born = {
            "network": None,
            "shortCode": None,
            "gateway": None,
            "segments": None,
            "errorCode": None,
            **row,
            "status": status,
            "date": row["date"] or now,
            "dated": row["date"] is not None,
            "updatedAt": now,
            "history": [],
        }
        self.messages.append(born)
        mine = [each for each in self.waiting if each["id"] == born["id"]]
        for receipt in mine:
            if receipt.get("number") in (None, born["number"]):
                self.waiting.remove(receipt)
                self._hear(born, receipt, now)

    def _hear(self, message: dict[str, Any], receipt: dict[str, Any], now: datetime) -> None:
        status = receipt["deliveryStatus"]
        said = {name: receipt.get(name) for name in SAID}
        if status not in OF_TYPE[message["type"]]:
            said["text"] = f"said {status}: {said['text'] or ''}"
            status = None
        message["history"].append({"deliveryStatus": status, "date": receipt["date"], **said})
        if status and RANK.index(status) > RANK.index(message["status"]):
            message["status"] = status
            message["errorCode"] = receipt.get("errorCode")
            message["network"] = receipt.get("network") or message["network"]
        message["network"] = message["network"] or receipt.get("network")
        message["updatedAt"] = now


def out_of_range(date: datetime | None, now: datetime) -> bool:
    return date is not None and not now - RETENTION <= date <= now + timedelta(hours=24)


def repeats(said: dict[str, Any], receipt: dict[str, Any]) -> bool:
    """Whether a receipt says again what was said; one without a date may leave it out."""
    same_date = receipt["date"] in (None, said["date"])
    return same_date and all(
        said.get(name) == receipt.get(name) for name in ("deliveryStatus", *SAID)
    )


def shown(message: dict[str, Any], include: Sequence[str]) -> dict[str, Any]:
    """A message as a page shows it."""
    fields = {
        "type": message["type"],
        "deliveryStatus": message["status"],
        "number": message["number"],
        "body": message["body"],
        "date": written(message["date"], "seconds"),
        "network": message["network"],
    }
    more = {**message, "updatedAt": written(message["updatedAt"])}
    return fields | {name: more[name] for name in include}


def counted(messages: list[dict[str, Any]], by: str) -> list[tuple[Any, ...]]:
    """The counts of messages by day or hour, in order."""
    clock = {"hour": 0} if by == "day" else {}
    counts: dict[tuple[str, str, str], list[int | None]] = {}
    for each in messages:
        period = each["date"].replace(minute=0, second=0, microsecond=0, **clock)
        key = (written(period, "seconds"), each["type"], each["status"])
        counts.setdefault(key, []).append(each["segments"])
    return [
        (*key, len(said), sum(filter(None, said)), said.count(None))
        for key, said in sorted(counts.items())
    ]


class PlainWalk:
    """All pages of one export: `held` is what the ledger held when it began, in its order."""

    def __init__(self, ledger: PlainLedger, filters: dict[str, Any], now: datetime) -> None:
        self.filters = filters
        self.began = now
        start = max(filters.get("start", now - RETENTION), now - RETENTION)
        end = filters.get("end", datetime.max.replace(tzinfo=UTC))
        # sorted() keeps the order of arrival among equal dates.
        by_date = sorted(ledger.messages, key=lambda each: each["date"])
        self.held = [each for each in by_date if start <= each["date"] <= end and self._fits(each)]
        self.served: list[str] = []
        self.always = {each["id"] for each in self.held}

    def _fits(self, message: dict[str, Any]) -> bool:
        return self.filters.get("type") in (None, message["type"]) and (
            not self.filters.get("numbers") or message["number"] in self.filters["numbers"]
        )

    @property
    def is_pinned_whole(self) -> bool:
        """Whether no filter is in force that a later receipt can change."""
        return not self.filters.get("statuses") and not self.filters.get("networks")

    def matching(self) -> list[dict[str, Any]]:
        """What the status and network filters let through at present."""
        statuses, networks = self.filters.get("statuses"), self.filters.get("networks")
        return [
            each
            for each in self.held
            if (not statuses or each["status"] in statuses)
            and (not networks or (each["network"] or "") in networks)
        ]

    def check(self, page: list[str], size: int, is_last: bool) -> None:
        """Take a page of ids: exactly the next ones, each once, none left out at the end."""
        matching = [each["id"] for each in self.matching()]
        self.always &= set(matching)
        if self.is_pinned_whole:
            begin = len(self.served)
            assert page == matching[begin : begin + size]
            assert is_last == (begin + size >= len(matching))
        order = [each["id"] for each in self.held]
        self.served += page
        assert [each for each in order if each in self.served] == self.served
        assert set(page) <= set(matching)
        assert is_last or len(page) == size
        assert not is_last or self.always <= set(self.served)
