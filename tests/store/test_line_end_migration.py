"""A ledger in use gets fragments that every reader of lines takes for one line."""

import asyncio

import msgspec
import pytest

from smsledger.store import migrate, open_store
from tests.databases import execute
from tests.store.old_ledger import insert_message, new_old_ledger

BEFORE = {"sqlite": "0006", "postgres": "0005"}
ODD = "\x85\u2028\u2029"
TEXTS = ["", "plain", "’é👋", "\u2027\u202a\x84\x86", *ODD, f'{ODD}"\\\\u2028']


@pytest.fixture
def old_url(engine, request):
    """A ledger of the schema before."""
    with new_old_ledger(engine, BEFORE, request) as url:
        yield url


@pytest.mark.xfail(strict=True, reason="U+0085, U+2028 and U+2029 are not escaped")
async def test_fragments_hold_the_same_text_without_ends_of_lines(old_url, engine):
    given = [msgspec.json.encode({"body": text}) for text in TEXTS]
    for serial, fragment in enumerate(given, 1):
        blob = f"x'{fragment.hex()}'" if engine == "sqlite" else f"decode('{fragment.hex()}','hex')"
        await asyncio.to_thread(insert_message, old_url, serial)
        put = f"UPDATE message SET fragment = {blob} WHERE serial = {serial}"
        await asyncio.to_thread(execute, old_url, put)
    await asyncio.to_thread(migrate.upgrade, old_url)
    rows = await asyncio.to_thread(execute, old_url, "SELECT fragment FROM message ORDER BY serial")
    kept = [fragment for (fragment,) in rows]
    assert [msgspec.json.decode(fragment)["body"] for fragment in kept] == TEXTS
    assert all(len(fragment.decode().splitlines()) == 1 for fragment in kept)
    assert kept[:4] == given[:4]
    await (await open_store(old_url)).close()
