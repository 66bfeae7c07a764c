"""Databases of the tests' own cluster, cloned from a template: no test sees another's."""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import apsw
import asyncpg

from smsledger.store import migrate
from smsledger.store.url import engine_of
from tests.cluster import Cluster, new_cluster

TEMPLATE = "template_ledger"
# Set in the environment: the tables of the template are distributed, which needs Citus.
DISTRIBUTED = "SMSLEDGER_TEST_DISTRIBUTED"
_PAGE = Path(__file__).parents[1] / "docs/how-to/citus.md"
_NODES = "citus_set_coordinator_host|citus_add_node"


class Databases:
    """Clones of a migrated database."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._numbers = count(1)
        cluster.execute(f"CREATE DATABASE {TEMPLATE}")
        migrate.upgrade(cluster.url(TEMPLATE))
        if DISTRIBUTED in os.environ:
            cluster.execute(distribution(), TEMPLATE)

    @contextmanager
    def clone(self, template: str = TEMPLATE) -> Iterator[str]:
        """The URL of a new database, which is there for the block."""
        name = f"test_{next(self._numbers)}"
        self.cluster.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.cluster.url(name)
        self.cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def new_databases() -> Iterator[Databases]:
    """A cluster with a template, for as long as the block."""
    settings: dict[str, Any] = {}
    if DISTRIBUTED in os.environ:
        settings["shared_preload_libraries"] = "citus"
    with new_cluster(hasty=True, **settings) as cluster:
        yield Databases(cluster)


def distribution() -> str:
    """The SQL of the page on Citus, on one machine: without the lines that name others."""
    blocks = re.findall(r"^```sql\n(.*?)^```", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).splitlines()
    return "\n".join(line for line in lines if not re.search(_NODES, line))


def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
    """The rows that SQL gives, in a store of either engine that no test has under a lock."""
    if engine_of(url) == "sqlite":
        with closing(apsw.Connection(url.removeprefix("sqlite:///"))) as ledger:
            ledger.set_busy_timeout(10_000)  # a server may run on it
            return ledger.execute(sql).fetchall()
    return asyncio.run(_execute(url, sql))


async def _execute(url: str, sql: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()
