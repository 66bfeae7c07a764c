"""Databases into which messages are exported, and in which they are followed."""

from smsledger.client.database.targets.database import Database
from smsledger.client.database.targets.table import Table

TABLE = "messages"
_DUCKDB, _POSTGRES = "duckdb:///", ("postgresql://", "postgres://")


def is_target(output: str) -> bool:
    """Whether an output is the URL of a database, rather than a file."""
    return output.startswith(("duckdb:", *_POSTGRES))


def target_of(url: str, table: str, program_id: int) -> Table:
    """The table that a program's messages go to; nothing is opened.

    Raises:
        ValueError: the URL or the table's name is none.
        MissingPackage: the driver is not installed.
    """
    return Table(_database(url), table, program_id)


# The drivers are extras: each is imported when it is asked for.
def _database(url: str) -> Database:
    if url.startswith(_POSTGRES):
        from smsledger.client.database.targets.postgres import Postgres  # noqa: PLC0415

        return Postgres(url)
    if not url.removeprefix(_DUCKDB) or not url.startswith(_DUCKDB):
        raise ValueError("the URL of a DuckDB file is duckdb:///FILE")
    from smsledger.client.database.targets.duckdb import DuckDb  # noqa: PLC0415

    return DuckDb(url.removeprefix(_DUCKDB))
