"""A ledger in use gets fragments that every reader of lines takes for one line."""

import asyncio

import msgspec
import pytest

from smsledger.store import migrate, open_store
from tests.databases import execute
from tests.store.old_ledger import insert_message, new_old_ledger

BEFORE = {"sqlite": "0008", "postgres": "0007"}
ODD = "\x85\u2028\u2029"
TEXTS = ["", "plain", "’é👋", "\u2027\u202a\x84\x86", *ODD, f'{ODD}"\\\\u2028']


@pytest.fixture
def old_url(engine, request):
    """A ledger of the schema before."""
    with new_old_ledger(engine, BEFORE, request) as url:
        yield url


async def test_fragments_hold_the_same_text_without_ends_of_lines(old_url):
    given = [msgspec.json.encode({"body": text}) for text in TEXTS]
    for serial, fragment in enumerate(given, 1):
        row = {"fragment": fragment, "check_value": 1}
        await asyncio.to_thread(insert_message, old_url, serial, **row)
    await asyncio.to_thread(migrate.upgrade, old_url)
    select = "SELECT fragment, check_value FROM message ORDER BY serial"
    kept, values = zip(*await asyncio.to_thread(execute, old_url, select), strict=True)
    assert [msgspec.json.decode(fragment)["body"] for fragment in kept] == TEXTS
    assert all(len(fragment.decode().splitlines()) == 1 for fragment in kept)
    assert kept[:4] == tuple(given[:4])
    assert values == (1, 1, 1, 1, None, None, None, None)
    await (await open_store(old_url)).close()
