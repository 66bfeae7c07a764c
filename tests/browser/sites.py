"""A server on a ledger as somebody has it who uses it: a year of messages, some of them known."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from operator import methodcaller
from typing import Any

from smsledger.cli.common import with_store
from smsledger.ledger import instant
from smsledger.store import open_store
from tests.making import PROGRAM, make_program
from tests.server import Server, smsledger

OTHER = 121812
_NUMBERS = count(121900)
MESSAGES = 3000
MONDAY = 4 * instant.DAY  # of the first week: 1970-01-05


async def add_program(site: Server, **what_matters: Any) -> int:
    """The id of a new program of the site, which has no message."""
    number = next(_NUMBERS)
    program = make_program(id=0, name=f"Program {number}", keywords=(), **what_matters)
    store = await open_store(site.store_url)
    created = await store.create_program(program)
    await store.close()
    return created.id


def monday(weeks_ago: int = 0) -> int:
    """The instant at which a week began, in GMT."""
    week = 7 * instant.DAY
    return (instant.now() - MONDAY) // week * week + MONDAY - weeks_ago * week


def undelivered() -> list[dict[str, Any]]:
    """Messages that were not delivered: three last week, one before it, one after."""
    days = {"before": -1, "first": 0, "middle": 3, "last": 6}
    return [
        {
            "id": f"undelivered-{name}",
            "type": "MT",
            "deliveryStatus": "Undelivered",
            "number": f"1555666000{day + 1}",
            "body": f"Your table is ready, {name} guest",
            "date": instant.render_seconds(monday(1) + day * instant.DAY + instant.HOUR),
            "network": "Verizon",
            "errorCode": "30003",
        }
        for name, day in days.items()
    ]


@contextmanager
def filled_site(store_url: str) -> Iterator[Server]:
    """The server of a ledger with two programs, for as long as the block."""
    others = make_program(
        id=OTHER, name="Store Hours", type="Text for Info", keywords=("HOURS",), short_code="20881"
    )
    for program in (make_program(), others):
        with_store(store_url, methodcaller("create_program", program))
    fill = ("sample", "--store", store_url, "--messages", str(MESSAGES))
    smsledger(*fill, "--program", str(PROGRAM))
    site = Server(store_url)
    try:
        assert site.post(undelivered()).json()["data"]["rejected"] == 0
        yield site
    finally:
        site.kill()
