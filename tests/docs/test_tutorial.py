"""Who follows the tutorial sees what it shows."""

from tests.docs.pages import DOCS
from tests.docs.shell import Shell, needs_curl
from tests.server import free_port


@needs_curl
def test_the_tutorial_does_what_it_shows(tmp_path):
    port = free_port()
    with Shell(tmp_path, TMPDIR=str(tmp_path), SMSLEDGER_PORT=str(port)) as shell:
        shell.follow(DOCS / "tutorial.md", port)
