"""The servers, and the command run against them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from typer.testing import CliRunner

from smsledger.cli.export import export as command
from smsledger.client.http.request import ExportRequest

from .original import Original
from .ours import Ours

SECRET = "geheim-ß€"
USER = "ételka"
COMMAND = (
    sys.executable,
    "-c",
    "import typer; from smsledger.cli.export import export; typer.run(export)",
)
IN_A_TERMINAL = (
    sys.executable,
    "-c",
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))",
)
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def original() -> Iterator[Original]:
    with Original() as server:
        yield server


@pytest.fixture
def ours() -> Iterator[Ours]:
    """A server with whole exports, that breaks off where it is told to."""
    with Ours() as server:
        yield server


@pytest.fixture
def elsewhere() -> Iterator[Original]:
    """Another origin, which must never see the secret."""
    with Original() as server:
        yield server


class Exported(NamedTuple):
    """What a run of the command ended with, and where its file is to be."""

    exit_code: int
    output: str
    exception: BaseException | None
    file: Path


Export = Callable[..., Exported]


@pytest.fixture
def export(original: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    """Runs `smsledger export` over December 2014."""
    monkeypatch.setenv("SMSLEDGER_SECRET", SECRET)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)

    def run(
        *options: str, output: str = "out.ndjson", url: str = original.url, dates: bool = True
    ) -> Exported:
        file = tmp_path / output
        december = ("--from", "2014-12-01", "--to", "2014-12-31") if dates else ()
        fixed = (url, "--user", USER, "--program", "121811", "--output", str(file))
        result = CliRunner().invoke(app, [*fixed, *december, *options])
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        assert SECRET not in result.output
        return Exported(result.exit_code, result.output, result.exception, file)

    return run


MakeRequest = Callable[..., ExportRequest]


@pytest.fixture
def make_request(original: Original) -> MakeRequest:
    def make(**what_matters: Any) -> ExportRequest:
        december = {"start": "2014-12-01T00:00:00", "end": "2014-12-31T23:59:59"}
        asked: dict[str, Any] = {
            "base": original.url,
            "program_id": 121811,
            "user": USER,
        } | december
        return ExportRequest(**asked | what_matters)

    return make


Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(original: Original) -> Start:
    """Starts `smsledger export` as a process."""

    def start(
        output: Path,
        *options: str,
        secret: str | None = SECRET,
        terminal: bool = False,
        **process: Any,
    ) -> subprocess.Popen[bytes]:
        december = ("--from", "2014-12-01", "--to", "2014-12-31")
        fixed = (original.url, "--user", USER, "--program", "121811", "--output", output)
        environment = {"PYTHONPATH": str(CHECKOUT), "PATH": os.environ["PATH"], "TERM": "xterm"}
        return subprocess.Popen(
            [*(IN_A_TERMINAL if terminal else ()), *COMMAND, *fixed, *december, *options],
            env=environment | ({"SMSLEDGER_SECRET": secret} if secret else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **process,
        )

    return start
