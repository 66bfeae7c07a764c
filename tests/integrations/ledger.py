"""A program's messages on a live server: filled, then changed as real ones are."""

from dataclasses import dataclass
from typing import Any

from smsledger.cli.common import with_store
from smsledger.ledger import instant
from tests.making import PROGRAM, make_row
from tests.server import Server

COUNT = 1200
WEEK = 7 * instant.DAY
TEXTS = ("JOIN", "Thanks 👋🏽, you're in", "a,b;c\td", 'she said "no"\nand left', "=1+1", "Größe")
NETWORKS = ("T-Mobile", "AT&T Mobility, LLC", None)
FIELDS = ("id", "type", "deliveryStatus", "number", "body", "date", "network")


@dataclass(frozen=True)
class Change:
    """The ids of what a change touched."""

    arrived: set[str]
    updated: set[str]
    erased: set[str]

    @property
    def count(self) -> int:
        """How many messages and tombstones the change feed has of it."""
        return len(self.arrived) + len(self.updated) + len(self.erased)


class Ledger:
    """What a tool is to have in the end is what `messages` says the ledger has."""

    program_id = PROGRAM

    def __init__(self, server: Server) -> None:
        self.server = server
        self._rounds = 0

    def fill(self) -> None:
        """Post `COUNT` messages of the last days, MO and MT, oldest first."""
        start = instant.now() - WEEK
        self._post([_row(n, start + n * instant.MINUTE) for n in range(COUNT)])

    def messages(self) -> dict[str, dict[str, Any]]:
        """All messages of the ledger by id, each with `FIELDS`."""
        walk = self.server.walk(include="id", pageSize=500)
        return {each["id"]: {field: each[field] for field in FIELDS} for each in walk}

    def change(self) -> Change:
        """Late messages with dates before all others, late statuses of old MTs, and erasures."""
        self._rounds += 1
        late = instant.now() - self._rounds * instant.HOUR - 2 * WEEK
        arrived = [
            {**_row(n, late), "id": f"late-{self._rounds}-{n}"} for n in range(self._rounds, 30)
        ]
        updated = [f"m-{n}" for n in range(4 * self._rounds, COUNT, 100)]
        erased = [f"m-{n}" for n in range(4 * self._rounds + 1, COUNT, 200)]
        self._post(arrived)
        self._post([_receipt(id_) for id_ in updated], "/receipts")
        with_store(self.server.store_url, lambda store: store.erase(PROGRAM, erased))
        return Change({each["id"] for each in arrived}, set(updated), set(erased))

    def _post(self, rows: list[dict[str, Any]], to: str = "") -> None:
        answer = self.server.post(rows, to).raise_for_status().json()
        assert answer["data"]["accepted"] == len(rows), answer


def _row(n: int, date: int) -> dict[str, Any]:
    return make_row(
        id=f"m-{n}",
        type="MO" if n % 2 else "MT",
        number=f"1555{n:07}",
        body=TEXTS[n % len(TEXTS)],
        date=instant.render_micros(date),
        network=NETWORKS[n % len(NETWORKS)],
    )


def _receipt(message_id: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "deliveryStatus": "Delivered",
        "date": instant.render_micros(instant.now()),
    }
