"""Runs SQLite's migrations: alembic calls it. The URL comes from `smsledger.store.migrate`."""

from alembic import context
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from smsledger.store.development import relabel

attributes = context.config.attributes


def _migrate() -> None:
    engine = create_engine(attributes["url"], poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection, _record):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        # Python's sqlite3 would commit before each DDL statement; a migration is all or nothing.
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        context.configure(connection=connection)
        migration = context.get_context()
        relabel(migration, "sqlite", migration.get_current_revision())
        context.run_migrations()


def _print() -> None:
    context.configure(dialect_name="sqlite", transactional_ddl=True, literal_binds=True)
    with context.begin_transaction():
        relabel(context.get_context(), "sqlite", attributes["current"])
        context.run_migrations()


if context.is_offline_mode():
    _print()
else:
    _migrate()
