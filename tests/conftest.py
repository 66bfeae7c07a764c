"""Fixtures: a migrated store, the application on it, a real server on it."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from smsledger.store import migrate, open_store
from smsledger.store.protocol import Store
from tests.application import application
from tests.making import make_program
from tests.server import Server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """With CI=true nothing is skipped: what is skipped there would never be tested."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "ledger.db"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def empty_store_url(tmp_path: Path, _template: Path) -> str:
    """A migrated store without a program."""
    return f"sqlite:///{shutil.copy(_template, tmp_path / 'ledger.db')}"


@pytest.fixture
async def store(empty_store_url: str) -> AsyncIterator[Store]:
    """A store with one program."""
    opened = open_store(empty_store_url)
    await opened.create_program(make_program())
    yield opened
    await opened.close()


@pytest.fixture
def store_url(store: Store, empty_store_url: str) -> str:
    """The URL of the store with one program."""
    return empty_store_url


@pytest.fixture
async def api(store: Store, store_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The application on the store, in this process, for a credential of every scope."""
    async with application(store, store_url) as client:
        yield client


@pytest.fixture
def server(store_url: str) -> Iterator[Server]:
    """A real server process on the store."""
    running = Server(store_url)
    yield running
    running.kill()
