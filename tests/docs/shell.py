"""One bash that runs the commands of a page, one after the other, as its reader does."""

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.docs import pages

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the page uses curl")
PATIENCE = 30.0
# Each command comes with a NUL behind it and is answered with one; it reads no other's text.
_LOOP = "while IFS= read -r -d '' line <&3; do eval \"$line\" </dev/null 2>&1; printf '\\0'; done"


class Shell:
    """A bash in a directory; leaving it ends all that was started in it."""

    def __init__(self, directory: Path, **environment: str) -> None:
        reading, self._commands = os.pipe()
        scripts = str(Path(sys.executable).parent)
        self._bash = subprocess.Popen(
            ["bash", "-c", f"exec 3<&{reading}; {_LOOP}"],
            cwd=directory,
            env={**_clean(), "PATH": f"{scripts}:{os.environ['PATH']}", **environment},
            stdout=subprocess.PIPE,
            pass_fds=[reading],
            start_new_session=True,
        )
        os.close(reading)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._commands)
        os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.communicate()

    def follow(self, page: Path, port: int = pages.PORT) -> None:
        """Run the commands of a page, whose server is on that port, and see what it shows."""
        for command in pages.commands(page):
            here = command.on(port)
            printed = self.run(here.text)
            assert here.printed(printed), f"{here.text}\n--- printed:\n{printed}"

    def run(self, command: str) -> str:
        """What the command prints, errors too, with line ends as a terminal shows them."""
        os.write(self._commands, command.encode() + b"\0")
        printed = b""
        while not printed.endswith(b"\0"):
            printed += self._some(command)
        return printed[:-1].decode().replace("\r\n", "\n")

    def _some(self, command: str) -> bytes:
        assert self._bash.stdout is not None
        descriptor = self._bash.stdout.fileno()
        assert select.select([descriptor], [], [], PATIENCE)[0], f"no end of: {command}"
        some = os.read(descriptor, 65536)
        assert some, f"the shell ended at: {command}"
        return some


def _clean() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("SMSLEDGER_")}
