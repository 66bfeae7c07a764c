"""How PostgreSQL finds the consent of numbers: by keys, in the order in which it is asked for."""

import json

import pytest

from smsledger.store.postgres.queries import SQL
from smsledger.store.store import Store
from tests.making import PROGRAM
from tests.store.postgres.conftest import Beside
from tests.store.postgres.test_plans import steps
from tests.store.test_consent import make_mo

pytestmark = pytest.mark.engines("postgres")

ASKED = {
    "has_consent": ("7, '20880'", "consent_code"),
    "numbers_opted_out": ("7, '20880', '1', 1000", "consent_code"),
    "consent_of_number": ("7, ARRAY['1','2'], '20880'", "consent_pkey"),
    "message_of_event": ("7, ARRAY['1'], ARRAY[1], ARRAY[1]", "message_number"),
    "delete_word": ("7, ARRAY['1'], ARRAY['20880']", "consent_"),
    "delete_consent_of_number": ("7, '1'", "consent_pkey"),
}

FILL = """INSERT INTO consent (program_id, date, serial, number, short_code, kind, word)
    SELECT 7, n, n, n, '20880', CASE WHEN n % 50 = 0 THEN 'opt_out' ELSE 'word' END, 'STOP'
    FROM generate_series(1, 20000) AS n"""


@pytest.mark.parametrize("name", ASKED)
async def test_words_are_found_by_their_keys_by_a_plan_for_all_values(
    store: Store, beside: Beside, name: str
) -> None:
    values, index = ASKED[name]
    connection = beside.connection
    await connection.execute(FILL)
    said = [make_mo("Hi", n, number=f"1555{n % 100}") for n in range(300)]
    await store.record_messages(PROGRAM, said)
    await connection.execute("ANALYZE consent, message")
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute("SET enable_seqscan = off")  # as if the tables were large
    await connection.execute("SET enable_bitmapscan = off")
    await connection.execute(f"PREPARE asked AS {getattr(SQL, name)}")
    shown = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({values})")
    plan = list(steps(json.loads(shown)[0]["Plan"]))
    assert any(step.get("Index Name", "").startswith(index) for step in plan)
    assert "Sort" not in {step["Node Type"] for step in plan}
