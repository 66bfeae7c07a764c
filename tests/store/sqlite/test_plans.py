"""How SQLite answers: from an index, never by reading a whole table."""

import re
from collections import defaultdict

import pytest

from smsledger.ledger.filters import Filters
from smsledger.ledger.model import DeliveryStatus
from smsledger.ledger.walk import PageQuery
from smsledger.store import page_plan
from smsledger.store.sqlite.engine import SqliteEngine
from smsledger.store.sqlite.pages import _bindings, _order, _source
from smsledger.store.sqlite.queries import SQL
from smsledger.store.store import Store
from tests.store.test_pages import begin
from tests.store.test_queries import SPREAD, mentions

pytestmark = pytest.mark.engines("sqlite")

# What reads a program from one end of its order, and stops at once, or at its end.
WALKING = {"newest", "count_hours"}
# What reads all receipts of a program that wait: few, and no index has their numbers.
OF_ORPHANS = {"count_orphans", "delete_orphans_of_number"}
OF_MESSAGES = [name for name, sql in vars(SQL).items() if any(mentions(sql, t) for t in SPREAD[:3])]


@pytest.mark.parametrize("name", OF_MESSAGES)
async def test_a_query_of_messages_reads_no_whole_table_and_no_whole_program(
    store: Store, name: str
) -> None:
    sql = getattr(SQL, name).replace("{columns}", "*")
    values = defaultdict(int) if ":" in sql else (0,) * _values_of(sql)
    assert isinstance(store._engine, SqliteEngine)
    plan = await store._engine._write(
        lambda c: c.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    )
    for step in (row[3] for row in plan):
        assert not step.startswith(tuple(f"SCAN {table}" for table in SPREAD))
        whole = ("PRIMARY KEY (program_id=?)", "message_status (program_id=?)")
        assert name in WALKING | OF_ORPHANS or not step.endswith(whole)


def _values_of(sql: str) -> int:
    """How many values a statement takes: numbered ones may be in it more than once."""
    numbered = [int(number) for number in re.findall(r"\?(\d)", sql)]
    return max(numbered, default=sql.count("?"))


NUMBERS, SENT = Filters(numbers=("1", "2")), Filters(delivery_statuses=(DeliveryStatus.SENT,))
BY_NUMBER = "message_number (program_id=? AND number=? AND"


@pytest.mark.parametrize(
    ("filters", "descending", "index"),
    [
        (Filters(), False, "PRIMARY KEY (program_id=? AND (date,serial)>(?,?) AND date<?)"),
        (Filters(), True, "PRIMARY KEY (program_id=? AND date>? AND (date,serial)<(?,?))"),
        (NUMBERS, False, f"{BY_NUMBER} (date,serial)>"),
        (NUMBERS, True, f"{BY_NUMBER} date>? AND (date,serial)<"),
        (SENT, False, "USING INDEX message_status"),
        (SENT, True, "USING INDEX message_status"),
    ],
)
async def test_pages_under_a_number_or_a_status_are_answered_from_its_index(
    store: Store, filters: Filters, descending: bool, index: str
) -> None:
    walk = await begin(store, filters=filters)
    query = PageQuery(walk=walk, size=50, number=1, descending=descending)
    values = _bindings(query)
    source = f"EXPLAIN QUERY PLAN SELECT fragment {_source(query, page_plan.plan(filters), values)}"
    if len(filters.numbers) < 2:  # several arms sort their keys
        source += f" {_order(query)}"
    assert isinstance(store._engine, SqliteEngine)
    plan = await store._engine._write(lambda c: c.execute(source, values).fetchall())
    steps = " ".join(row[3] for row in plan)
    assert index in steps
    assert len(filters.numbers) > 1 or "TEMP B-TREE" not in steps
