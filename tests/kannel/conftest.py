"""Kannel for the tests: skipped where it is not installed, except where CI=true."""

import os
from collections.abc import Iterator

import pytest

from .capture import CapturingServer
from .rig import PROGRAMS, Handsets, Kannel
from .smsc import OperatorSmsc


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    missing = [str(program) for program in PROGRAMS if not program.exists()]
    reason = f"Kannel is not installed (packages kannel, kannel-extras): no {', '.join(missing)}"
    if missing and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if missing:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def server() -> Iterator[CapturingServer]:
    server = CapturingServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def kannel(server, tmp_path_factory) -> Iterator[Kannel]:
    """Kannel with its own simulator, before a server that only captures."""
    kannel = Kannel(tmp_path_factory.mktemp("kannel"), server.url)
    kannel.start()
    yield kannel
    kannel.stop()


@pytest.fixture(scope="session")
def handsets(kannel) -> Iterator[Handsets]:
    handsets = Handsets(kannel)
    yield handsets
    handsets.stop()


@pytest.fixture(scope="session")
def operator() -> Iterator[OperatorSmsc]:
    operator = OperatorSmsc()
    yield operator
    operator.stop()


@pytest.fixture(scope="session")
def operator_kannel(server, operator, tmp_path_factory) -> Iterator[Kannel]:
    """Kannel with an operator's SMSC over SMPP, before the same server."""
    kannel = Kannel(tmp_path_factory.mktemp("operator"), server.url, operator.instead_of_simulator)
    kannel.start()
    operator.wait_for_link()
    yield kannel
    kannel.stop()
