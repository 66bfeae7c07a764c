"""How SQLite finds what handsets wrote last: by keys, in the order in which it is asked for."""

import pytest

from smsledger.store.sqlite.queries import SQL

pytestmark = pytest.mark.engines("sqlite")

PLANS = {
    "has_words": "last_word_word (program_id=? AND short_code=?)",
    "numbers_by_word": "last_word_word (program_id=? AND short_code=? AND word=? AND number>?)",
    "words_of_number": "PRIMARY KEY (program_id=? AND number=? AND short_code=?)",
    "delete_word": "PRIMARY KEY (program_id=? AND number=? AND short_code=?)",
    "delete_words_of_number": "PRIMARY KEY (program_id=? AND number=?)",
    "words_of_message": "PRIMARY KEY (program_id=? AND date=? AND serial=?)",
    "latest_mo": "message_number (program_id=? AND number=?)",
}


@pytest.mark.parametrize("name", PLANS)
async def test_words_are_found_by_their_keys_and_nothing_is_sorted(store, name):
    sql = getattr(SQL, name)
    values = dict.fromkeys(("program_id", "number"), 0)
    if ":program_id" not in sql:
        values = (0,) * (3 if "?1" in sql else sql.count("?"))
    plan = await store._write(lambda c: c.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())
    steps = [row[3] for row in plan]
    assert PLANS[name] in " ".join(steps)
    assert not any(step.startswith(("SCAN", "USE TEMP B-TREE")) for step in steps)
