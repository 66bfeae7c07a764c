import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from smsledger.cli import main

Run = Callable[..., Any]


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, empty_store_url: str
) -> Run:
    """Runs the command line on an empty store; its standard output, or JSON where asked for."""
    monkeypatch.setenv("SMSLEDGER_STORE", empty_store_url)

    def run(*arguments: object, status: int = 0, told_by: str = "err") -> Any:
        monkeypatch.setattr(sys, "argv", ["smsledger", *map(str, arguments)])
        with pytest.raises(SystemExit) as exited:
            main()
        told = capsys.readouterr()
        assert exited.value.code == status, told
        if status and told_by == "err":
            return told.err
        return json.loads(told.out) if "--json" in arguments else told.out

    return run


@pytest.fixture
def program(run: Run) -> dict[str, Any]:
    """A program, made by the command."""
    named = ("--name", "Summer Sale", "--type", "Text to Join", "--campaign", "Default Campaign")
    code = ("--short-code", "20880", "--keyword", "join")
    made: dict[str, Any] = run("program", "create", "--id", 121811, *named, *code, "--json")
    return made


RunSalvage = Callable[..., dict[str, Any]]


@pytest.fixture
def run_salvage(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> RunSalvage:
    """Runs `copy --skip-damaged`; its JSON, whatever its status."""

    def salvage(source: str, target: str, status: int = 0) -> dict[str, Any]:
        arguments = ["smsledger", "copy", "--skip-damaged", "--json", source, target]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as exited:
            main()
        told = capsys.readouterr()
        assert exited.value.code == status, told
        salvaged: dict[str, Any] = json.loads(told.out)
        return salvaged

    return salvage
