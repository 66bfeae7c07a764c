"""How PostgreSQL finds what handsets wrote last: by keys, in the order in which it is asked for."""

import json

import pytest

from smsledger.store.postgres.queries import SQL
from tests.store.postgres.test_plans import steps

pytestmark = pytest.mark.engines("postgres")

ASKED = {
    "has_words": ("7, '20880'", "last_word_word"),
    "numbers_by_word": ("7, '20880', ARRAY['STOP','END'], '1', 1000", "last_word_word"),
    "words_of_number": ("7, ARRAY['1','2'], '20880'", "last_word_pkey"),
    "delete_word": ("7, ARRAY['1'], ARRAY['20880']", "last_word_pkey"),
    "delete_words_of_number": ("7, '1'", "last_word_pkey"),
    "latest_mo": ("7, ARRAY['1'], ARRAY['20880']", "message_number"),
}

FILL = """INSERT INTO last_word (program_id, date, serial, number, short_code, word)
    SELECT 7, n, n, n, '20880', CASE WHEN n % 50 = 0 THEN 'STOP' ELSE 'JOIN' END
    FROM generate_series(1, 20000) AS n"""


@pytest.mark.parametrize("name", ASKED)
async def test_words_are_found_by_their_keys_by_a_plan_for_all_values(store, beside, name):
    values, index = ASKED[name]
    connection = beside.connection
    await connection.execute(FILL)
    await connection.execute("ANALYZE last_word")
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute("SET enable_seqscan = off")  # as if the tables were large
    await connection.execute("SET enable_bitmapscan = off")
    await connection.execute(f"PREPARE asked AS {getattr(SQL, name)}")
    shown = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({values})")
    plan = list(steps(json.loads(shown)[0]["Plan"]))
    assert index in {step.get("Index Name") for step in plan}
    assert "Sort" not in {step["Node Type"] for step in plan}
