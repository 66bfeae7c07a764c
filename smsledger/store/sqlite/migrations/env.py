"""Runs SQLite's migrations: alembic calls it. The URL comes from `smsledger.store.migrate`."""

from alembic import context
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

url = context.config.attributes["url"]


def _migrate() -> None:
    engine = create_engine(url, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection, _record):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        # Python's sqlite3 would commit before each DDL statement; a migration is all or nothing.
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


def _print() -> None:
    context.configure(dialect_name="sqlite", transactional_ddl=True, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    _print()
else:
    _migrate()
