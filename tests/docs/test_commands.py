"""The pages and the command line say the same."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import commands, pages

COMMANDS = dict(commands.every_command())


def test_the_page_of_the_commands_is_their_help() -> None:
    told = "out of date: run python -m tests.docs.commands"
    assert commands.PAGE.read_text() == commands.rendered(), told


def test_every_command_has_its_heading() -> None:
    assert set(COMMANDS) <= set(pages.headings(commands.PAGE))


def shown(page: Path) -> Iterator[list[str]]:
    """The smsledger commands in a page's console blocks, each as its words."""
    for block in pages.console_blocks(page):
        for line in block.replace("\\\n", "").splitlines():
            words = shlex.split(line, comments=True) if "smsledger " in line else []
            starts = [at for at, word in enumerate(words) if word == commands.NAME]
            yield from (words[at:] for at in starts if line.startswith(("$", "#")))


@pytest.mark.parametrize("page", pages.every_page(), ids=lambda page: page.name)
def test_every_command_that_a_page_shows_is_one(page: Path) -> None:
    for words in shown(page):
        name = " ".join(words[:3]) if " ".join(words[:3]) in COMMANDS else " ".join(words[:2])
        assert name in COMMANDS
        used = {word for word in words if word.startswith("--")}
        assert used <= commands.options(COMMANDS[name])
