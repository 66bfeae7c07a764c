"""Ledgers of development builds, which had a chain of migrations before the initial one.

Nothing had been released by then, so the chain was removed. It ended in the schema of the initial
migration: a ledger of its last revision gets the new revision and is not changed otherwise. A
ledger of an earlier one has to be migrated by a commit that has the chain.
"""

from alembic.runtime.migration import MigrationContext

from smsledger.store.errors import DevelopmentSchema

INITIAL = "0100"
LAST_REVISION = {"sqlite": "0010", "postgres": "0009"}
CHAIN_COMMIT = "6f97511a1267aa561f14b29c463c734049917864"


def is_development(current: str | None) -> bool:
    """Return whether a ledger's revision is one of the removed chain; None means no ledger."""
    return current is not None and current < INITIAL


def relabel(context: MigrationContext, engine: str, current: str | None) -> None:
    """Give a ledger of the last development revision the initial one; leave others alone.

    Args:
        context: where the statement is executed, or printed. The caller's transaction excludes
            other migrations, and began before `current` was read.
        engine: `sqlite` or `postgres`.
        current: the ledger's revision; None means no ledger.

    Raises:
        DevelopmentSchema: its revision is an earlier one.
    """
    if not is_development(current):
        return
    if current != LAST_REVISION[engine]:
        raise DevelopmentSchema(
            f"the ledger has schema {current} of a development build: run `smsledger migrate` of "
            f"commit {CHAIN_COMMIT} first, then that of this release"
        )
    context.execute(
        f"UPDATE alembic_version SET version_num = '{INITIAL}' WHERE version_num = '{current}'"
    )
