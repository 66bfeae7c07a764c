"""Runs PostgreSQL's migrations: alembic calls it. The URL comes from `smsledger.store.migrate`.

They run while the release before serves: a statement that cannot get its lock gives up after
seconds, instead of letting every reader queue behind it, and can be tried again.
"""

import asyncio

from alembic import context
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from smsledger.store.development import relabel
from smsledger.store.postgres.connection import connect

attributes = context.config.attributes

# Two `smsledger migrate` at a time: the second waits for the first, and then has nothing to do.
_PREPARATION = (
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET LOCAL statement_timeout = '15min'",
    "SELECT pg_advisory_xact_lock(7465)",
    "SET LOCAL lock_timeout = '5s'",
)


async def _migrate() -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(attributes["url"]),
        poolclass=NullPool,
    )
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


def _run(connection: Connection) -> None:
    for statement in _PREPARATION:
        connection.execute(text(statement))
    context.configure(connection=connection)
    migration = context.get_context()
    relabel(migration, "postgres", migration.get_current_revision())
    with context.begin_transaction():
        context.run_migrations()


def _print(context: EnvironmentContext) -> None:
    context.configure(dialect_name="postgresql", literal_binds=True)
    with context.begin_transaction():
        for statement in _PREPARATION:
            context.execute(statement)
        relabel(context.get_context(), "postgres", attributes["current"])
        context.run_migrations()


if context.is_offline_mode():
    _print(context)  # type: ignore[arg-type]  # alembic's module stands for the environment
else:
    asyncio.run(_migrate())
