import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from smsledger.store import open_store
from tests.cli.conftest import Run
from tests.databases import execute
from tests.making import PROGRAM, make_message

NUMBER, OTHER = "15550000001", "15550000002"


@pytest.fixture
def messages(empty_store_url: str, program: dict[str, Any]) -> None:
    """Three messages of one handset, two of another."""

    async def record() -> None:
        store = await open_store(empty_store_url)
        numbers = [NUMBER] * 3 + [OTHER] * 2
        made = [make_message(id=f"m-{n}", number=each) for n, each in enumerate(numbers)]
        await store.record_messages(PROGRAM, made)
        await store.close()

    asyncio.run(record())


Left = Callable[[], list[str]]


@pytest.fixture
def left(empty_store_url: str) -> Left:
    """The ids of the messages that are there."""
    sql = "SELECT id FROM message ORDER BY serial"
    return lambda: [each for (each,) in execute(empty_store_url, sql)]


def test_the_messages_of_a_handset_go(run: Run, messages: None, left: Left) -> None:
    told = run("erase", "--program", PROGRAM, "--number", f"+{NUMBER}")
    assert told == "3 messages erased.\n"
    assert left() == ["m-3", "m-4"]


def test_one_message_is_told_in_the_singular(run: Run, messages: None) -> None:
    assert run("erase", "--program", PROGRAM, "--id", "m-1") == "1 message erased.\n"


def test_numbers_and_ids_may_be_several_and_what_is_gone_is_no_error(
    run: Run, messages: None, left: Left
) -> None:
    what = ("--number", OTHER, "--number", "155599", "--id", "m-1", "--id", "m-3", "--id", "none")
    assert run("erase", "--program", PROGRAM, *what, "--json") == {"messages": 3}
    assert left() == ["m-0", "m-2"]
    assert run("erase", "--program", PROGRAM, *what, "--json") == {"messages": 0}


def test_what_to_erase_has_to_be_said(run: Run, messages: None, left: Left) -> None:
    assert "--number" in run("erase", "--program", PROGRAM, status=2)
    assert "3 to 20 digits" in run("erase", "--program", PROGRAM, "--number", "x", status=2)
    assert "7" in run("erase", "--program", 7, "--id", "m-1", status=1)
    assert len(left()) == 5


def test_what_found_no_program_goes_under_program_0_by_its_number_only(
    run: Run, messages: None, left: Left
) -> None:
    told = run("erase", "--program", 0, "--number", NUMBER)
    assert told == "0 messages erased.\n"
    assert "no program 0" in run("erase", "--program", 0, "--id", "m-1", status=1)
    assert len(left()) == 5
