from collections.abc import Callable
from typing import Any

import pytest

from smsledger.ledger import instant
from tests.cli.conftest import Run


def create(run: Callable[..., Any], *options: str | int) -> dict[str, Any]:
    named = ("--user", "etl", "--scope", "export")
    made: dict[str, Any] = run("credential", "create", *named, *options, "--json")
    return made


def test_a_credential_is_created_and_its_secret_shown_once(
    run: Run, program: dict[str, Any]
) -> None:
    made = create(run, "--program", 121811, "--scope", "ingest,report")
    secret = made.pop("secret")
    assert len(secret) == 43
    assert made == {
        "username": "etl",
        "scopes": ["export", "ingest", "report"],
        "programs": [121811],
        "expires": None,
    }
    assert run("credential", "list", "--json") == [made]
    assert secret not in run("credential", "list")


def test_an_end_is_a_date_or_a_duration(run: Run) -> None:
    assert create(run, "--expires", "2999-01-01T00:00:00")["expires"] == "2999-01-01T00:00:00"
    run("credential", "revoke", "--user", "etl")
    ends = instant.parse(create(run, "--expires", "90d")["expires"]).first
    assert abs(ends - instant.now() - 90 * instant.DAY) < instant.MINUTE


def test_a_rotation_gives_another_secret_and_says_until_when_the_old_one_works(run: Run) -> None:
    first = create(run)["secret"]
    rotated = run("credential", "rotate", "--user", "etl", "--overlap", "2h", "--json")
    until = instant.parse(rotated["oldSecretUntil"]).first
    assert rotated["secret"] != first
    assert abs(until - instant.now() - 2 * instant.HOUR) < instant.MINUTE


def test_a_revoked_credential_can_be_created_anew(run: Run) -> None:
    create(run)
    assert run("credential", "revoke", "--user", "etl", "--json")["revoked"] is True
    assert "no credential 'etl'" in run("credential", "revoke", "--user", "etl", status=1)
    assert "no credential 'etl'" in run("credential", "rotate", "--user", "etl", status=1)
    create(run)


def test_a_user_name_that_is_taken_is_told(run: Run) -> None:
    create(run)
    told = run("credential", "create", "--user", "etl", "--scope", "export", status=1)
    assert "there is a credential 'etl' already" in told


def test_a_program_that_does_not_exist_is_told(run: Run) -> None:
    options = ("--user", "etl", "--scope", "export", "--program", 7)
    assert "no program 7" in run("credential", "create", *options, status=1)


@pytest.mark.parametrize(
    "options",
    [
        ("--user", "a:b", "--scope", "export"),
        ("--user", "", "--scope", "export"),
        ("--user", "etl", "--scope", "everything"),
        ("--user", "etl", "--scope", "export", "--expires", "soon"),
        ("--user", "etl"),
    ],
)
def test_wrong_usage_is_status_2(run: Run, options: tuple[str, ...]) -> None:
    run("credential", "create", *options, status=2)
