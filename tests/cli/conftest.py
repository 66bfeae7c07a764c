import json
import sys

import pytest

from smsledger.cli import main


@pytest.fixture
def run(capsys, monkeypatch, empty_store_url):
    """Runs the command line on an empty store; its standard output, or JSON where asked for."""
    monkeypatch.setenv("SMSLEDGER_STORE", empty_store_url)

    def run(*arguments, status=0, told_by="err"):
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
def program(run):
    """A program, made by the command."""
    named = ("--name", "Summer Sale", "--type", "Text to Join", "--campaign", "Default Campaign")
    code = ("--short-code", "20880", "--keyword", "join")
    return run("program", "create", "--id", 121811, *named, *code, "--json")


@pytest.fixture
def run_salvage(run, capsys, monkeypatch):
    """Runs `copy --skip-damaged`; its JSON, whatever its status."""

    def salvage(source, target, status=0):
        arguments = ["smsledger", "copy", "--skip-damaged", "--json", source, target]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as exited:
            main()
        told = capsys.readouterr()
        assert exited.value.code == status, told
        return json.loads(told.out)

    return salvage
