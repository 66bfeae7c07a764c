"""How PostgreSQL answers: each page from an index that has its order, by a plan for all values."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from smsledger.errors import ProgramNotFound
from smsledger.ledger.filters import Filters
from smsledger.ledger.instant import SECOND
from smsledger.ledger.model import DeliveryStatus
from smsledger.ledger.walk import Key, PageQuery
from smsledger.store.postgres import pages
from smsledger.store.postgres.queries import SQL
from smsledger.store.store import Store
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt
from tests.store.postgres.conftest import Beside
from tests.store.test_pages import begin
from tests.store.test_queries import NAMED, SPREAD, mentions

pytestmark = pytest.mark.engines("postgres")

MESSAGES = 20_000
NARROW = Filters(delivery_statuses=(DeliveryStatus.ERROR,))


class Explaining:
    """Stands for a connection: shows the plan of a statement, for any values, and runs nothing."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.plan: dict[str, Any] = {}

    async def fetchrow(self, sql: str, *values: Any) -> tuple[None, ...]:
        literals = ", ".join(map(literal, values))
        await self.connection.execute("SET plan_cache_mode = force_generic_plan")
        await self.connection.execute(f"PREPARE page AS {sql}")
        shown = await self.connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE page ({literals})")
        await self.connection.execute("DEALLOCATE page")
        self.plan = json.loads(shown)[0]["Plan"]
        return (None,) * 8


def literal(value: Any) -> str:
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(literal, value))}]::text[]"
    return str(value) if isinstance(value, int) else f"'{value}'"


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from steps(each)


@pytest.fixture
async def full(store: Store, beside: Beside) -> Store:
    """A ledger of two programs, of which a hundredth of the messages failed."""
    await store.create_program(make_program(id=7, name="Other", keywords=()))
    for program_id in (PROGRAM, 7):
        messages = [
            make_message(
                id=f"m-{n}", date=YESTERDAY + n * SECOND, number=f"1555{n % (MESSAGES // 4):07d}"
            )
            for n in range(MESSAGES)
        ]
        await store.record_messages(program_id, messages)
        failed = [
            make_receipt(id=f"m-{n}", delivery_status=DeliveryStatus.ERROR)
            for n in range(0, MESSAGES, 100)
        ]
        await store.record_receipts(program_id, failed)
    await beside.connection.execute("VACUUM ANALYZE")
    return store


async def plan_of(
    store: Store, beside: Beside, filters: Filters, **what_matters: Any
) -> dict[str, Any]:
    plausible = {"size": 50, "number": 3, "key": Key(YESTERDAY + 100 * SECOND, 5)}
    walk = await begin(store, filters=filters)
    explaining = Explaining(beside.connection)
    with pytest.raises(ProgramNotFound):  # nothing was read
        await pages.read(explaining, PageQuery(walk=walk, **{**plausible, **what_matters}))
    return explaining.plan


async def sql_of(store: Store, filters: Filters, **what_matters: Any) -> str:
    """The statement of a page."""
    query = PageQuery(walk=await begin(store, filters=filters), size=50, number=1, **what_matters)
    bound = [query.walk.program_id, 0, 0, 0, 0]
    return pages._statement(pages._Plan(query, bound))


NUMBER, STATUS = Filters(numbers=("15550000001",)), NARROW
INDEXES = {
    "no filter": (Filters(), "message_pkey"),
    "a number": (NUMBER, "message_number"),
    "numbers": (Filters(numbers=("1", "15550000001")), "message_number"),
    "a rare status": (STATUS, "message_status"),
    "rare statuses": (
        Filters(delivery_statuses=(DeliveryStatus.ERROR, DeliveryStatus.UNDELIVERED)),
        "message_status",
    ),
}


@pytest.mark.parametrize("include", [(), ("id",)])
@pytest.mark.parametrize("case", ["no filter", "numbers", "rare statuses"])
async def test_a_page_names_its_program_for_each_table_of_messages(
    store: Store, case: str, include: tuple[str, ...]
) -> None:
    sql = await sql_of(store, INDEXES[case][0], include=include)
    touched = sum(mentions(sql, table) for table in SPREAD)
    assert touched >= 2
    assert len(re.findall(NAMED, sql)) >= touched


@pytest.mark.parametrize(
    "how", [{"include": ()}, {"include": ("id", "updatedAt")}, {"descending": True}]
)
@pytest.mark.parametrize("case", INDEXES)
async def test_a_page_is_read_in_its_order_from_the_index_that_answers_it(
    full: Store, beside: Beside, case: str, how: dict[str, Any]
) -> None:
    filters, index = INDEXES[case]
    read = [
        step
        for step in steps(await plan_of(full, beside, filters, **how))
        if step.get("Relation Name") == "message"
    ]
    assert index in {step["Index Name"] for step in read}
    assert {step["Node Type"] for step in read} <= {"Index Scan", "Index Only Scan"}


@pytest.mark.parametrize("descending", [False, True])
async def test_a_page_sorts_no_more_than_the_keys_of_a_few_arms(
    full: Store, beside: Beside, descending: bool
) -> None:
    for case in ("no filter", "a number", "a rare status"):
        plan = await plan_of(full, beside, INDEXES[case][0], descending=descending)
        assert "Sort" not in {step["Node Type"] for step in steps(plan)}


@pytest.mark.parametrize("name", ["newest", "stored", "history", "count_unfinished"])
async def test_what_is_asked_of_one_program_reads_no_whole_table(
    full: Store, beside: Beside, name: str
) -> None:
    sql, connection = getattr(SQL, name), beside.connection
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute("SET enable_seqscan = off")  # as if all tables were large
    await connection.execute(f"PREPARE asked AS {sql}")
    values = {"stored": "7, ARRAY['m-1']", "history": "7, ARRAY[1]", "count_unfinished": "7, 0, 1"}
    shown = await connection.fetchval(
        f"EXPLAIN (FORMAT JSON) EXECUTE asked ({values.get(name, '7')})"
    )
    kinds = {
        step["Node Type"]
        for step in steps(json.loads(shown)[0]["Plan"])
        if step.get("Relation Name") in ("message", "status_history")
    }
    assert kinds
    assert "Seq Scan" not in kinds


async def test_ids_are_looked_up_by_the_index_of_ids_where_statistics_know_nothing(
    store: Store, beside: Beside
) -> None:
    """As in a new ledger, and of a new program: else each batch reads all of the program."""
    connection = beside.connection
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE asked AS {SQL.stored}")
    shown = await connection.fetchval("EXPLAIN (FORMAT JSON) EXECUTE asked (7, ARRAY['m-1'])")
    read = [each for each in steps(json.loads(shown)[0]["Plan"]) if "Index Name" in each]
    assert [each["Index Name"] for each in read] == ["message_program_id_id_key"]
    assert "wanted.id" in read[0]["Index Cond"]
