"""docs/how-to/export.md and python.md say what is."""

import re
from pathlib import Path
from typing import Any

import pytest

from smsledger.ledger.fields import INCLUDABLE
from tests.client.conftest import Export
from tests.making import make_row
from tests.server import Server

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
PAGE = (HOW_TO / "export.md").read_text()
PYTHON = HOW_TO / "python.md"


def test_every_option_in_the_page_is_one(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    known = set(re.findall(r"--[a-z-]+", export("--help").output))
    named = set(re.findall(r"--[a-z][a-z-]+", PAGE))
    assert named <= known
    assert named >= known - {"--help", "--page-size"} - {name for name in known if "compl" in name}


def test_every_includable_field_is_in_the_page() -> None:
    assert all(f"`{name}`" in PAGE for name in INCLUDABLE)


def test_the_python_page_runs_from_top_to_bottom(server: Server) -> None:
    """Its blocks share their names, as a reader's session does."""
    server.post([make_row(id="a", date="2014-12-05T10:00:00"), make_row(id="b")])
    user, secret = server.auth
    held: dict[str, str] = {}
    names: dict[str, Any] = {"secret": secret, "token": None, "held": held}
    for block in re.findall(r"```python\n(.*?)```", PYTHON.read_text(), re.DOTALL):
        here = block.replace("https://sms.example.com", server.url).replace('"etl"', repr(user))
        exec(here, names)  # noqa: S102 (our own page)
    assert held == {"b": "Received"}
    names["client"].close()
