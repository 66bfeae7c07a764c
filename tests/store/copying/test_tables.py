"""No table and no column is forgotten."""

from smsledger.store.tables import (
    CONSENT,
    COUNTER,
    EXPORT_LOG,
    HISTORY,
    MESSAGE,
    ORPHAN,
    REFERENCE,
    TOMBSTONE,
    UNROUTED,
)
from tests.making import PROGRAM
from tests.store.copying.conftest import Spoil

SPREAD = (MESSAGE, HISTORY, ORPHAN, TOMBSTONE, CONSENT)
TABLES = (*SPREAD, UNROUTED, EXPORT_LOG, COUNTER, *REFERENCE)
# What each engine has for itself, or `Tables` reads and writes in its own words, or counts anew.
OWN = {"id_hash"}
APART = {"ledger", "alembic_version", "message_count"}
# Whoever is signed in, or invited, was so at the other ledger.
ENDED = {"session", "invitation"}
_SQLITE = """SELECT m.name, c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c
    WHERE m.type = 'table'"""
_POSTGRES = """SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public'"""


async def test_every_column_of_the_schema_is_copied(spoil: Spoil, target_url: str) -> None:
    columns = await spoil(_SQLITE if target_url.startswith("sqlite") else _POSTGRES)
    held = {pair for pair in columns if pair[0] not in APART | ENDED and pair[1] not in OWN}
    named = {(table.name, column) for table in TABLES for column in table.columns}
    assert held == named | {(table.name, "program_id") for table in TABLES if table.spread}


async def test_the_ledger_s_own_row_has_nothing_that_a_copy_does_not_know(
    spoil: Spoil, target_url: str
) -> None:
    columns = await spoil(_SQLITE if target_url.startswith("sqlite") else _POSTGRES)
    place = {"system_identifier", "database_oid", "table_oid", "timeline"}
    assert {column for table, column in columns if table == "ledger"} - place == {
        "epoch",
        "last_program_id",
        "reference_version",
        "compatible_since",
        "copy_of",
        "backup_at",
    }


def test_the_program_of_a_spread_table_is_no_column_of_its_rows() -> None:
    assert PROGRAM
    assert not any("program_id" in table.columns for table in TABLES if table.spread)
