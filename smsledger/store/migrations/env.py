"""Runs the migrations: alembic calls it. The URL comes from `smsledger.store.migrate`."""

from alembic import context
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

url = context.config.get_main_option("sqlalchemy.url") or ""
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
