"""What every query must be for a ledger that can be spread: one program, named."""

import re
from collections import defaultdict

import pytest

from smsledger.store.sqlite.queries import SQL

# What reads a program from one end of its order, and stops at once.
WALKING = {"position"}
SPREAD = ("message", "status_history", "orphan_receipt")
# What is about the whole ledger, counted or removed there.
WHOLE = {"count_orphans"}


def touches(sql, table):
    return re.search(rf"\b(FROM|INTO|UPDATE|JOIN) {table}\b", sql)


def is_spread(name, sql):
    return name not in WHOLE and any(touches(sql, table) for table in SPREAD)


@pytest.mark.parametrize("sql", [sql for name, sql in vars(SQL).items() if is_spread(name, sql)])
def test_a_query_of_messages_names_one_program(sql):
    assert "program_id = " in sql or ("INSERT" in sql and "program_id" in sql)


@pytest.mark.parametrize("name", [name for name, sql in vars(SQL).items() if is_spread(name, sql)])
async def test_a_query_of_messages_reads_no_whole_table_and_no_whole_program(store, name):
    sql = getattr(SQL, name)
    values = defaultdict(int) if ":" in sql else (0,) * sql.count("?")
    plan = await store._write(lambda c: c.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())
    for step in (row[3] for row in plan):
        assert not step.startswith(tuple(f"SCAN {table}" for table in SPREAD))
        assert name in WALKING or not step.endswith("PRIMARY KEY (program_id=?)")


def test_every_query_is_used():
    from pathlib import Path

    engine = Path(__file__).parents[2] / "smsledger/store/sqlite"
    code = "".join(file.read_text() for file in engine.glob("*.py"))
    assert [name for name in vars(SQL) if f"SQL.{name}" not in code] == []
