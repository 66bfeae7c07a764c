"""How SQLite finds the consent of numbers: by keys, in the order in which it is asked for."""

from collections import defaultdict

import pytest

from smsledger.store.sqlite.engine import SqliteEngine
from smsledger.store.sqlite.queries import SQL
from smsledger.store.store import Store

pytestmark = pytest.mark.engines("sqlite")

PLANS = {
    "has_consent": "consent_code (program_id=? AND short_code=?)",
    "numbers_opted_out": "consent_code (program_id=? AND short_code=? AND kind=? AND number>?)",
    "consent_of_number": "PRIMARY KEY (program_id=? AND number=? AND short_code=?)",
    "delete_word": "PRIMARY KEY (program_id=? AND number=? AND short_code=? AND kind=?)",
    "delete_consent_of_number": "message_number (program_id=? AND number=?)",
    "message_of_event": "message_number (program_id=? AND number=? AND date>?)",
    "words_of_message": "PRIMARY KEY (program_id=? AND date=? AND serial=?)",
}


@pytest.mark.parametrize("name", PLANS)
async def test_words_are_found_by_their_keys_and_nothing_is_sorted(store: Store, name: str) -> None:
    sql = getattr(SQL, name)
    asked = f"EXPLAIN QUERY PLAN {sql}"
    assert isinstance(store._engine, SqliteEngine)
    plan = await store._engine._write(lambda c: c.execute(asked, defaultdict(int)).fetchall())
    steps = [row[3] for row in plan]
    assert PLANS[name] in " ".join(steps)
    assert not any(step.startswith(("SCAN", "USE TEMP B-TREE")) for step in steps)
