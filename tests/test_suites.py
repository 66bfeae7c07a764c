"""`make test-all`: every suite, its minutes, and the exit status of the one that failed."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SUITES = [
    "check",
    "test",
    "test-postgres18",
    "test-browser",
    "test-outermost",
    "test-ha",
    "test-integrations",
]
# In place of make: runs no suite, and fails at the one that the environment names.
MAKE = """#!/bin/sh
for suite; do :; done
echo "ran $suite"
[ "$suite" != "$FAILING" ] || exit 7
"""


def run_all(folder: Path, *, failing: str = "") -> subprocess.CompletedProcess[str]:
    make = folder / "make"
    make.write_text(MAKE)
    make.chmod(0o755)
    return subprocess.run(
        [ROOT / "scripts/test-all"],
        env={**os.environ, "MAKE": str(make), "FAILING": failing},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_suite_runs_and_its_minutes_are_printed(tmp_path: Path) -> None:
    ran = run_all(tmp_path)
    assert ran.returncode == 0
    suites, times = ran.stdout.split("\nMinutes per suite:\n")
    assert suites.splitlines() == [f"ran {suite}" for suite in SUITES]
    assert re.findall(r"^  (\S+) +\d+:\d\d  passed$", times, re.MULTILINE) == SUITES


@pytest.mark.parametrize("failing", SUITES)
def test_a_failed_suite_ends_the_run_with_its_status_and_the_minutes_so_far(
    tmp_path: Path, failing: str
) -> None:
    ran = run_all(tmp_path, failing=failing)
    assert ran.returncode == 7
    until = SUITES[: SUITES.index(failing) + 1]
    _, times = ran.stdout.split("\nMinutes per suite:\n")
    results = re.findall(r"^  (\S+) +\d+:\d\d  (\w+)$", times, re.MULTILINE)
    assert results == [(suite, "passed") for suite in until[:-1]] + [(failing, "failed")]


def test_the_readme_says_what_each_suite_is_for() -> None:
    table = re.findall(r"^\| `make (\S+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert table == SUITES


def test_another_suite_runs_what_make_test_leaves_out() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [ignored] = re.findall(r"addprefix --ignore ,(.*?) \$\(OUTERMOST\)", makefile)
    for folder in ignored.split():
        assert re.search(rf"loadfile {folder}$", makefile, re.MULTILINE), folder
    assert re.search(r"loadfile \$\(OUTERMOST\)$", makefile, re.MULTILINE)
