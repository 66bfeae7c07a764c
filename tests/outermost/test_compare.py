"""`python -m bench compare`: this checkout against another one."""

from pathlib import Path

import pytest

from bench import checkouts
from bench.server import THIS


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """This tree in another place, with a link to its environment."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "smsledger").symlink_to(THIS.folder / "smsledger")
    (folder / ".venv/bin").mkdir(parents=True)
    python = folder / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {folder}/started\nexec {THIS.python} "$@"\n')
    python.chmod(0o755)
    return folder


def test_both_are_measured_and_the_other_one_runs_in_its_own_environment(
    other: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    small = ("--messages", "600", "--pairs", "1", "--seconds", "0.05", "--engine", "sqlite")
    checkouts.main([str(other), "--only", "pages", *small])
    started = [line.split()[:3] for line in (other / "started").read_text().splitlines()]
    commands = ["migrate", "program", "credential", "sample", "serve"]
    assert started[:5] == [["-m", "smsledger", command] for command in commands]
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("sqlite: ")]
    assert [line.split("  ")[0] for line in lines] == [
        "sqlite: pages of 500",
        "sqlite: pages of 50",
    ]
