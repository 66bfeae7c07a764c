"""The tables spread over machines by Citus, as docs/how-to/citus.md shows it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from smsledger.store.store import Store
from tests.databases import DISTRIBUTED, distribution
from tests.postgres_programs import share
from tests.store.postgres.conftest import Beside

ROOT = Path(__file__).parents[3]
STAYING = {"unrouted_message", "gateway_seen", "export_log", "alembic_version"}


@pytest.mark.engines("postgres")
async def test_the_page_says_of_each_table_where_it_goes(store: Store, beside: Beside) -> None:
    tables = await beside.connection.fetch(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    named = re.findall(r"create_\w+_table\('(\w+)'", distribution())
    assert len(named) == len(set(named))
    assert {*named, *STAYING} == {row["table_name"] for row in tables}


@pytest.mark.not_in_ci("Debian has no package of Citus")
def test_the_tests_of_the_store_hold_on_distributed_tables() -> None:
    if DISTRIBUTED in os.environ:
        return  # this is that run
    if not (share() / "extension/citus.control").exists():
        pytest.skip("the extension citus is not installed")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-q", "tests/store", "-k", "postgres"],
        cwd=ROOT,
        env={**os.environ, DISTRIBUTED: "1"},
        check=False,
    )
    assert ran.returncode == 0
