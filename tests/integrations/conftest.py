"""A live ledger for other people's tools, and the environments that they are installed in."""

from pathlib import Path

import pytest

from tests.integrations.ledger import Ledger
from tests.server import Server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ledger(server: Server) -> Ledger:
    """A live server with some 1,200 messages."""
    filled = Ledger(server)
    filled.fill()
    return filled


@pytest.fixture
def tool(request: pytest.FixtureRequest) -> Path:
    """The environment of the tool that the test is marked with: `bin/…` or `node_modules/…`."""
    mark = request.node.get_closest_marker("tool")
    environment = ROOT / ".integrations" / str(mark.args[0])
    if not (environment / "ready").exists():
        pytest.skip(f"{mark.args[0]} is not installed: make integrations")
    return environment
