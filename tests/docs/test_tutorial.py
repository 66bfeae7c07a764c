"""Who follows the tutorial sees what it shows."""

from pathlib import Path

import pytest

from tests.docs.pages import DOCS
from tests.docs.shell import Shell, needs_curl
from tests.server import free_port


@needs_curl
@pytest.mark.parametrize("page", ["tutorial", "tutorial-duckdb"])
def test_a_tutorial_does_what_it_shows(tmp_path: Path, page: str) -> None:
    port = free_port()
    with Shell(tmp_path, TMPDIR=str(tmp_path), SMSLEDGER_PORT=str(port)) as shell:
        shell.follow(DOCS / f"{page}.md", port)
