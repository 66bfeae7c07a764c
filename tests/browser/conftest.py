"""Fixtures: a filled site on each engine, one browser for all tests, its windows at the site."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.sites import filled_site
from tests.browser.windows import Windows
from tests.chromium import chromium
from tests.databases import Databases
from tests.server import Server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all tests here: they share a browser."""
    in_session = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(in_session, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, for all windows."""
    async with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def sqlite_site(tmp_path_factory: pytest.TempPathFactory, _template: Path) -> Iterator[Server]:
    """A server on a file."""
    file = tmp_path_factory.mktemp("site") / "ledger.db"
    with filled_site(f"sqlite:///{shutil.copy(_template, file)}") as running:
        yield running


@pytest.fixture(scope="session")
def postgres_site(databases: Databases) -> Iterator[Server]:
    """A server on a database."""
    with databases.clone() as url, filled_site(url) as running:
        yield running


@pytest.fixture
def site(engine: str, request: pytest.FixtureRequest) -> Server:
    """A server that is shared: a test may add to it what no other would stumble over."""
    running: Server = request.getfixturevalue(f"{engine}_site")
    return running


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser, site: Server) -> AsyncIterator[Windows]:
    """Windows at the site. None may complain, nor ask anything of another host."""
    opened = Windows(browser, site)
    yield opened
    await opened.close()
    assert opened.complaints == []
    assert opened.asked_elsewhere == []
