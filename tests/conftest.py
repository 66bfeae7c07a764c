"""Fixtures: a migrated store on each engine, the application on it, a real server on it."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path

import httpx
import pytest

from smsledger.store import migrate, open_store
from smsledger.store.store import Store
from tests.application import application
from tests.databases import Databases, new_databases
from tests.making import make_program
from tests.postgres_programs import default_version, folder_of, installed
from tests.server import Server

ENGINES = ("sqlite", "postgres")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever has a store is run on every engine, unless it says on which."""
    if "engine" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("engines")
        metafunc.parametrize("engine", mark.args if mark else ENGINES, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true nothing is skipped, but for what says why CI cannot have it."""
    report = yield
    elsewhere = item.get_closest_marker("not_in_ci")
    if report.skipped and not elsewhere and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the PostgreSQL that tests run on: Debian's, or one from elsewhere."""
    version = default_version()
    if folder := installed().get(version):
        terminalreporter.write_line(f"PostgreSQL {version} from {folder}")


@pytest.fixture(scope="session", autouse=True)
def _programs_of_the_servers_version() -> None:
    """`smsledger backup` and the commands of the docs find the server's pg_dump and psql."""
    if folder := folder_of(default_version()):
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(autouse=True)
def _umask_of_the_process() -> Iterator[None]:
    """A command that is run in this process sets it, for as long as a test."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def _no_file_left_in_the_checkout() -> Iterator[None]:
    """A command that gets a relative path writes to the working directory: the checkout."""
    folder = Path.cwd()
    before = _visible_files(folder)
    yield
    assert _visible_files(folder) <= before, f"the test has written to {folder}"


def _visible_files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("[!.]*") if path.is_file()}


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "ledger.db"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with new_databases() as made:
        yield made


@pytest.fixture
def empty_store_url(
    engine: str, tmp_path: Path, _template: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A migrated store without a program."""
    if engine == "sqlite":
        yield f"sqlite:///{shutil.copy(_template, tmp_path / 'ledger.db')}"
        return
    made: Databases = request.getfixturevalue("databases")
    with made.clone() as url:
        yield url


@pytest.fixture
def restore(engine: str, request: pytest.FixtureRequest) -> Iterator[Callable[[Path], str]]:
    """Makes a store of a backup, as an operator does; its URL."""
    if engine == "sqlite":
        yield lambda backup: f"sqlite:///{backup}"
        return
    made: Databases = request.getfixturevalue("databases")
    with made.clone("template0") as url:

        def restored(backup: Path) -> str:
            made.cluster.restore(backup, url)
            return url

        yield restored


@pytest.fixture
async def store(empty_store_url: str) -> AsyncIterator[Store]:
    """A store with one program."""
    opened = await open_store(empty_store_url)
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
