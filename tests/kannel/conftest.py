"""The real Kannel; skipped where it is not installed, which fails where CI=true."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.kannel.capture import ACKNOWLEDGED, CapturingServer
from tests.kannel.rig import PROGRAMS, Handsets, Kannel, running
from tests.kannel.smsc import OperatorSmsc
from tests.making import PROGRAM
from tests.server import Server, smsledger


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    missing = ", ".join(str(program) for program in PROGRAMS if not program.exists())
    if missing:
        pytest.skip(f"Kannel is not installed (packages kannel and kannel-extras): no {missing}")


@pytest.fixture(scope="session")
def _capturing() -> Iterator[CapturingServer]:
    server = CapturingServer()
    yield server
    server.stop()


@pytest.fixture
def capturing(_capturing: CapturingServer) -> CapturingServer:
    """The server that Kannel calls here: it keeps what comes and acknowledges it."""
    _capturing.captured.clear()
    _capturing.answer, _capturing.instead = ACKNOWLEDGED, {}
    return _capturing


@pytest.fixture(scope="session")
def kannel(
    _capturing: CapturingServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kannel]:
    """Kannel with its own simulator of an SMSC."""
    with running(tmp_path_factory.mktemp("kannel"), _capturing.url) as kannel:
        yield kannel


@pytest.fixture(scope="session")
def handsets(kannel: Kannel) -> Iterator[Handsets]:
    with closing(Handsets(kannel)) as handsets:
        yield handsets


@pytest.fixture(scope="session")
def operator() -> Iterator[OperatorSmsc]:
    operator = OperatorSmsc()
    yield operator
    operator.stop()


@pytest.fixture(scope="session")
def operator_kannel(
    _capturing: CapturingServer, operator: OperatorSmsc, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kannel]:
    """Kannel with an operator's SMSC over SMPP."""
    directory = tmp_path_factory.mktemp("operator")
    with running(directory, _capturing.url, operator.instead_of_simulator) as kannel:
        operator.wait_for_link()
        yield kannel


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server with one program, on a short code with one keyword."""
    store_url = f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}"
    smsledger("migrate", "--store", store_url)
    named = ("--name", "Summer Sale", "--type", "Text to Join", "--campaign", "Default Campaign")
    reached = ("--short-code", "20880", "--keyword", "JOIN")
    smsledger("program", "create", "--store", store_url, "--id", str(PROGRAM), *named, *reached)
    server = Server(store_url)
    yield server
    server.kill()


@pytest.fixture(scope="session")
def ledger_url(ledger: Server) -> str:
    """The ledger's address with a user name and a secret, for Kannel's configuration."""
    return "http://{}:{}@127.0.0.1:{}".format(*ledger.auth, ledger.port)


@pytest.fixture(scope="session")
def live_kannel(ledger_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    """Kannel before the ledger, with its own simulator of an SMSC."""
    with running(tmp_path_factory.mktemp("live"), ledger_url) as kannel:
        yield kannel


@pytest.fixture(scope="session")
def live_handsets(live_kannel: Kannel) -> Iterator[Handsets]:
    with closing(Handsets(live_kannel)) as handsets:
        yield handsets
