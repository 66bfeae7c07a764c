"""The peers on PostgreSQL: coroutines on the event loop, SQLAlchemy's asyncio with asyncpg."""
