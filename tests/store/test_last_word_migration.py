"""A ledger in use gets the latest words of the messages that it has, as posting would have."""

import asyncio

import pytest
from alembic.script import ScriptDirectory

from smsledger.first_word import PUNCTUATION
from smsledger.instant import DAY
from smsledger.store import migrate
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY, make_message, make_program
from tests.store.test_last_words import NUMBER, OTHER, make_mo, waiting

REVISION = {"sqlite": "0005", "postgres": "0004"}
ROWS = "SELECT program_id, number, short_code, date, serial, word FROM last_word ORDER BY 1, 2, 3"


@pytest.fixture
def migrated(store_url, engine):
    """Words as posting kept them, and as the migration makes them anew of the messages."""

    async def run():
        scripts = ScriptDirectory.from_config(migrate._config(store_url))
        kept = await asyncio.to_thread(execute, store_url, ROWS)
        for sql in (
            "DROP TABLE last_word",
            *scripts.get_revision(REVISION[engine]).module._STATEMENTS,
        ):
            await asyncio.to_thread(execute, store_url, sql)
        return kept, await asyncio.to_thread(execute, store_url, ROWS)

    return run


async def test_the_latest_word_of_each_handset_and_code_is_found(store, migrated):
    await store.create_program(make_program(id=7, name="Bare", short_code=None, keywords=()))
    mine = [make_mo("STOP", 5), make_mo("JOIN", 1), make_mo("HI", 1, number=OTHER)]
    elsewhere = [make_mo("HI", 2, short_code="30330"), make_mo("YES", 9, short_code="+20880")]
    tied = [make_mo("HI", 3, number="1555"), make_mo("STOP", 3, number="1555")]
    await store.record_messages(PROGRAM, [*mine, *elsewhere, *tied, make_message(number=NUMBER)])
    await store.record_messages(7, [make_mo("STOP")])
    kept, made = await migrated()
    assert made == kept
    assert len(made) == 5


@pytest.mark.parametrize(
    "body",
    [
        "JOIN now",
        " \t\r\nStop.",
        "“stop”\xa0it",
        f"{PUNCTUATION}stop{PUNCTUATION}",
        "😀 stop",
        '{"body":1}\\n',
        "x" * 100,
        "...",
        " ",
        "",
    ],
)
async def test_words_are_found_as_they_are_in_new_messages(store, migrated, body):
    await store.record_messages(PROGRAM, [make_mo(body)])
    kept, made = await migrated()
    assert made == kept


async def test_messages_that_found_no_program_have_words_too(store, migrated):
    await store.keep_unrouted(waiting(" \t“stop”\xa0it"))
    await store.keep_unrouted(waiting("JOIN", 1, short_code="+20880"))
    await store.keep_unrouted(waiting("END", sender=OTHER, date=YESTERDAY + 900 * DAY))
    for nothing in ({"sender": "SHOP"}, {"short_code": None}, {"short_code": "+", "id": "plus"}):
        await store.keep_unrouted(waiting("STOP", **nothing))
    await store.keep_unrouted(waiting("QUIT", id="assigned", sender="1555"))
    await store.assign(7, PROGRAM, make_mo("QUIT", number="1555"))
    kept, made = await migrated()
    assert made == kept
    assert len(made) == 3
