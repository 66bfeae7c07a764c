"""The SQL of the page on completeness finds what a warehouse lacks, and nothing else."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from smsledger.ledger import instant
from smsledger.store.store import Store
from tests.application import COUNTS, walk
from tests.docs.pages import HOW_TO
from tests.making import PROGRAM, YESTERDAY, make_message, make_receipt

pytestmark = pytest.mark.engines("sqlite")

[SQL] = re.findall(
    r"^```sql\n(.*?)^```", (HOW_TO / "check-completeness.md").read_text(), re.MULTILINE | re.DOTALL
)
DAYS = ("2014-12-01", "2015-01-01")
OURS = ("2000-01-01", "2100-01-01")


@pytest.fixture
async def warehouse(
    api: httpx.AsyncClient, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[duckdb.DuckDBPyConnection]:
    """A database that was loaded from the ledger, in whose directory its counts are."""
    monkeypatch.chdir(tmp_path)
    messages = [make_message(id=f"m-{n}", date=YESTERDAY - n * instant.HOUR) for n in range(60)]
    await store.record_messages(PROGRAM, messages)
    with duckdb.connect() as database:
        database.execute(
            "CREATE TABLE messages (program_id BIGINT, id TEXT, date TIMESTAMP,"
            " type TEXT, delivery_status TEXT)"
        )
        for each in await walk(api, include="id"):
            row = (PROGRAM, each["id"], each["date"], each["type"], each["deliveryStatus"])
            database.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", row)
        yield database


async def differences(
    api: httpx.AsyncClient, database: duckdb.DuckDBPyConnection, tmp_path: Path
) -> list[tuple[Any, ...]]:
    """The rows that the page's query shows, for all days."""
    (tmp_path / "counts.json").write_bytes((await api.get(COUNTS)).content)
    sql = SQL
    for theirs, ours in zip(DAYS, OURS, strict=True):
        assert theirs in sql
        sql = sql.replace(theirs, ours)
    return [row[1:] for row in database.execute(sql).fetchall()]


async def test_a_warehouse_that_has_everything_differs_in_nothing(
    api: httpx.AsyncClient, warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert await differences(api, warehouse, tmp_path) == []


async def test_what_is_missing_is_shown(
    api: httpx.AsyncClient, warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    warehouse.execute("DELETE FROM messages WHERE id = 'm-30'")
    [(kind, status, ledger, loaded)] = await differences(api, warehouse, tmp_path)
    assert (kind, status, ledger - loaded) == ("MT", "Sent", 1)


async def test_a_receipt_that_came_after_the_load_shows_in_two_statuses(
    api: httpx.AsyncClient, store: Store, warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    await store.record_receipts(PROGRAM, [make_receipt(id="m-30")])
    delivered, sent = await differences(api, warehouse, tmp_path)
    assert delivered == ("MT", "Delivered", 1, None)
    assert sent[2] == sent[3] - 1
