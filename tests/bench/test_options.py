"""`--only` of the bench, and `make bench ONLY=`."""

import argparse
import subprocess
from pathlib import Path

import pytest

from bench.options import add_only

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], None),
        (["--only", "pages"], ["pages"]),
        (["--only", "pages,ingest"], ["pages", "ingest"]),
        (["--only", "pages, ingest"], ["pages", "ingest"]),
        (["--only", "pages", "--only", "feed,ingest"], ["pages", "feed", "ingest"]),
    ],
)
def test_names_are_separated_by_commas_or_the_option_is_repeated(
    arguments: list[str], names: list[str] | None
) -> None:
    parser = argparse.ArgumentParser()
    add_only(parser, ("pages", "ingest", "feed"))
    assert parser.parse_args(arguments).only == names


@pytest.mark.parametrize("wrong", ["pags", "pages,pags", "pags,pages"])
def test_a_wrong_name_is_refused_with_the_names_there_are(
    wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_only(parser, ("pages", "ingest"))
    with pytest.raises(SystemExit):
        parser.parse_args(["--only", wrong])
    assert "cannot be 'pags'. Choose from: pages, ingest." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "arguments"), [((), ""), (("ONLY=pages,ingest",), '--only "pages,ingest"')]
)
def test_make_passes_the_names(given: tuple[str, ...], arguments: str) -> None:
    command = ["make", "--no-print-directory", "--dry-run", "bench", *given]
    recipe = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert recipe.splitlines()[-1].rstrip() == f".venv/bin/python -m bench {arguments}".rstrip()
