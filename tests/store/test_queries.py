"""What every query must be for a ledger that can be spread: one program, named."""

import re

import pytest

from smsledger.store.sqlite.queries import SQL

SPREAD = ("message", "status_history", "orphan_receipt")
# What is about the whole ledger, counted or removed there.
WHOLE = {"count_orphans", "delete_old_orphans"}
QUERIES = {name: sql for name, sql in vars(SQL).items() if name not in WHOLE}


def touches(sql, table):
    return re.search(rf"\b(FROM|INTO|UPDATE|JOIN) {table}\b", sql)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_of_messages_names_one_program(name):
    sql = QUERIES[name]
    if any(touches(sql, table) for table in SPREAD):
        assert "program_id = " in sql or ("INSERT" in sql and "program_id" in sql)


def test_every_query_is_used():
    from pathlib import Path

    engine = Path(__file__).parents[2] / "smsledger/store/sqlite"
    code = "".join(file.read_text() for file in engine.glob("*.py"))
    assert [name for name in vars(SQL) if f"SQL.{name}" not in code] == []
