"""The production engine: PostgreSQL, any number of server processes, replicas, a pooler."""

from smsledger.store.postgres.condition import condition, revision
from smsledger.store.postgres.engine import PostgresEngine
from smsledger.store.postgres.place import require as require_place

__all__ = ["PostgresEngine", "condition", "require_place", "revision"]
