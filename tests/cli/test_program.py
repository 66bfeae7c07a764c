from typing import Any

import pytest

from tests.cli.conftest import Run


def create(program_id: int, name: str, *options: str) -> tuple[int | str, ...]:
    named = ("--name", name, "--type", "Text for Info", "--campaign", "Default Campaign")
    return ("program", "create", "--id", program_id, *named, *options)


def test_a_program_is_created_and_listed(run: Run, program: dict[str, Any]) -> None:
    assert program == {
        "id": 121811,
        "name": "Summer Sale",
        "type": "Text to Join",
        "campaign": "Default Campaign",
        "shortCode": "20880",
        "keywords": ["JOIN"],
        "default": False,
        "active": True,
    }
    assert run("program", "list", "--json") == [program]
    assert "121811\tSummer Sale" in run("program", "list")


def test_a_program_without_a_keyword_is_its_code_s_default(
    run: Run, program: dict[str, Any]
) -> None:
    made = run(*create(7, "Rest", "--short-code", "+20880", "--json"))
    assert (made["shortCode"], made["default"]) == ("20880", True)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (create(121811, "Other"), "this id"),
        (create(7, "Summer Sale"), "this name"),
        (create(7, "Other", "--short-code", "20880", "--keyword", "JOIN"), "keywords"),
    ],
)
def test_what_is_taken_is_told_in_one_line(
    run: Run, program: dict[str, Any], options: tuple[int | str, ...], word: str
) -> None:
    told = run(*options, status=1)
    assert word in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "options",
    [
        create(7, ""),
        create(7, "x" * 51),
        create(7, "x", "--keyword", "JOIN"),
        create(7, "x", "--short-code", "SHOP"),
        create(7, "x", "--short-code", "20880", "--keyword", "TWO WORDS"),
        create(-1, "x"),
    ],
)
def test_wrong_usage_is_status_2(run: Run, options: tuple[int | str, ...]) -> None:
    assert "Invalid value" in run(*options, status=2)


def test_a_program_is_deactivated_and_activated(run: Run, program: dict[str, Any]) -> None:
    assert run("program", "deactivate", 121811, "--json") == {"id": 121811, "active": False}
    assert run("program", "list", "--json")[0]["active"] is False
    assert run("program", "activate", 121811, "--json")["active"] is True
    assert "no program 7" in run("program", "deactivate", 7, status=1)


def test_deleting_asks_for_the_id_and_says_what_goes(run: Run, program: dict[str, Any]) -> None:
    told = run("program", "delete", 121811, "--confirm", 7, status=1)
    assert "all its messages" in told
    assert "nothing was deleted" in told
    assert run("program", "delete", 121811, "--confirm", 121811, "--json")["deleted"] is True
    assert run("program", "list", "--json") == []
