"""What every query must be for a ledger that can be spread: one program, named."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from smsledger.store.postgres.queries import NAMES
from smsledger.store.postgres.queries import SQL as POSTGRES
from smsledger.store.queries import COMMON, load
from smsledger.store.sqlite.queries import SQL as SQLITE

STORE = Path(__file__).parents[2] / "smsledger/store"
SHARED = ("reference", "upkeep")  # the folders of operations that are written once
QUERIES = [
    *(pytest.param(sql, id=f"sqlite {name}") for name, sql in vars(SQLITE).items()),
    *(pytest.param(sql, id=f"postgres {name}") for name, sql in vars(POSTGRES).items()),
]
# What belongs to programs, and is spread by them.
SPREAD = (
    "message",
    "status_history",
    "orphan_receipt",
    "tombstone",
    "message_count",
    "consent",
    "program_counter",
)
# What is small and read everywhere.
REFERENCE = (
    "campaign",
    "program",
    "program_keyword",
    "program_code",
    "consent_words",
    "credential",
    "credential_program",
    "credential_secret",
    "ledger",
)
ONLY_SQLITE = {
    *(
        "readable_clear",
        "readable_columns",
        "readable_from",
        "readable_indexes",
        "readable_keys",
        "readable_know",
    ),
    *("readable_make", "readable_next"),
    "copy_insert",
    "has_orphans",
    "history_of",
    "integrity",
    "mark_backup",
    "oldest_before",
    "orphans",
}
ONLY_POSTGRES = {
    *("readable_blocks", "readable_key"),
    "check_index",
    "check_table",
    "checked_indexes",
    "checked_tables",
    "copy_analyze",
    "copy_campaign_numbers",
    "copy_unrouted_numbers",
    "count_reference_change",
    "delete_oldest",
    "has_amcheck",
    "learn_place",
    "lock",
    "lock_exports",
    "lock_unrouted",
    "note_timeline",
    "place_found",
    "place_remembered",
    "reference_version",
    "system_identifier",
    "timeline",
}
NAMED = (
    r"\bprogram_id (?:= (?:\?1?|:program_id|:id|\$1|wanted\.id)(?!\w)"
    r"|= ANY \(\$1::bigint\[\]\)|IN \(SELECT value FROM json_each\(:program_ids\)\))"
)


def mentions(sql: str, table: str) -> int:
    """How often a query reads or writes the table."""
    return len(re.findall(rf"\b(?:FROM|INTO|UPDATE|JOIN|USING) {table}\b", sql))


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_names_the_program_for_each_table_of_messages_that_it_touches(sql: str) -> None:
    touched = sum(mentions(sql, table) for table in SPREAD)
    inserted = re.findall(r"INSERT INTO (\w+) \(([^)]*)\)", sql)
    into = [table for table, columns in inserted if table in SPREAD and "program_id" in columns]
    assert len(re.findall(NAMED, sql)) >= touched - len(into)


def test_the_tables_of_messages_have_the_program_first_in_every_key() -> None:
    versions = (STORE / "postgres/migrations/versions").glob("*.py")
    schema = "".join(version.read_text() for version in versions)
    tables = re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", schema, re.DOTALL)
    keys = {name: re.findall(r"(?:PRIMARY KEY|UNIQUE) \((\w+)", body) for name, body in tables}
    indexed = re.findall(r"CREATE (?:UNIQUE )?INDEX \w+ ON (\w+) \((\w+)", schema)
    for name in SPREAD[:-1]:
        assert keys[name]
        columns = keys[name] + [column for table, column in indexed if table == name]
        assert set(columns) == {"program_id"}
    assert "program_id bigint PRIMARY KEY" in dict(tables)["program_counter"]
    assert not any("REFERENCES" in dict(tables)[name] for name in SPREAD)


def test_ingest_writes_no_reference_table() -> None:
    """What a posting runs, on either engine."""
    for engine, sql in (("sqlite", SQLITE), ("postgres", POSTGRES)):
        code = (STORE / engine / "posting.py").read_text()
        used = {getattr(sql, name) for name in re.findall(r"SQL\.(\w+)", code)}
        assert used
        written = re.findall(r"(?:INTO|UPDATE|DELETE FROM) (\w+)", " ".join(used))
        assert set(written).isdisjoint(REFERENCE)


def operations() -> str:
    """The code of the operations that are written once for both engines."""
    return "".join(file.read_text() for folder in SHARED for file in (STORE / folder).glob("*.py"))


@pytest.mark.parametrize(("engine_name", "sql"), [("sqlite", SQLITE), ("postgres", POSTGRES)])
def test_every_query_is_used(engine_name: str, sql: SimpleNamespace) -> None:
    code = "".join(file.read_text() for file in (STORE / engine_name).glob("*.py"))
    locking = re.findall(r"db\.lock_rows\(\s*\"(\w+)\"", operations())
    used = {*re.findall(r"SQL\.(\w+)", code), *asked(), *locking}
    assert [name for name in vars(sql) if name not in used] == []


def asked() -> list[str]:
    """The queries that the operations name."""
    return re.findall(r"db\.(?:rows|row|value|run|bulk)\(\s*\"(\w+)\"", operations())


@pytest.mark.parametrize("name", sorted(set(asked())))
def test_a_query_of_an_operation_has_the_same_values_on_both_engines(name: str) -> None:
    named = set(re.findall(r"(?<!:):([a-z_]+)", getattr(SQLITE, name)))
    assert set(NAMES[name]) == named
    assert "?" not in getattr(SQLITE, name)


def test_a_query_that_is_the_same_on_both_engines_stands_once() -> None:
    common = load(COMMON)
    for engine in ("sqlite", "postgres"):
        assert not load(STORE / engine / "queries.sql").keys() & common.keys()
    sqlite, postgres = (load(STORE / each / "queries.sql") for each in ("sqlite", "postgres"))
    assert [name for name in set(asked()) - common.keys() if sqlite[name] == postgres[name]] == []


def test_the_engines_have_queries_of_the_same_names_but_for_those_that_one_has_no_use_for() -> None:
    """SQLite has one writer and no arrays; PostgreSQL locks, and asks many things at once."""
    assert vars(SQLITE).keys() - vars(POSTGRES).keys() == ONLY_SQLITE
    assert vars(POSTGRES).keys() - vars(SQLITE).keys() == ONLY_POSTGRES
