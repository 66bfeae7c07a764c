"""`smsledger opt-outs`, and what other commands say of opt-out words."""

import asyncio
from typing import Any

import pytest

from smsledger.store import open_store
from tests.cli.conftest import Run
from tests.databases import execute
from tests.making import PROGRAM
from tests.store.test_consent import make_mo

OPT_OUTS = "SELECT word FROM consent WHERE kind = 'opt_out' ORDER BY word"
OTHER = ("--name", "Other", "--type", "Voting", "--campaign", "Default Campaign")


def write(url: str, *bodies: str) -> None:
    async def post() -> None:
        store = await open_store(url)
        messages = [make_mo(body, at, number=f"{1550 + at}") for at, body in enumerate(bodies)]
        await store.record_messages(PROGRAM, messages)
        await store.close()

    asyncio.run(post())


def test_a_rebuild_says_how_many_numbers_it_judged_and_changed(
    run: Run, program: dict[str, Any], empty_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(empty_store_url, "STOP", "alto", "Hi")
    monkeypatch.setenv("SMSLEDGER_OPT_OUT_WORDS", "alto")
    assert run("opt-outs", "rebuild", "--json") == {"numbers": 3, "changed": 2}
    assert execute(empty_store_url, OPT_OUTS) == [("ALTO",)]
    assert run("opt-outs", "rebuild") == "3 numbers judged, 0 changed.\n"


def test_a_keyword_that_is_an_opt_out_word_is_refused(
    run: Run, program: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = ("--short-code", "20881", "--keyword")
    told = run("program", "create", *OTHER, *code, "stop", status=2)
    assert "'STOP' is an opt-out word" in told
    monkeypatch.setenv("SMSLEDGER_OPT_OUT_WORDS", "ALTO")
    run("program", "create", *OTHER, *code, "stop")


def test_a_new_keyword_of_a_code_in_use_makes_a_rebuild_due(
    run: Run, program: dict[str, Any], empty_store_url: str
) -> None:
    write(empty_store_url, "Hi")
    options = [*OTHER, "--short-code", "20880", "--keyword", "COME"]
    run("program", "create", *options)
    assert is_due(empty_store_url)


def test_the_deletion_of_a_program_with_keywords_makes_a_rebuild_due(
    run: Run, program: dict[str, Any], empty_store_url: str
) -> None:
    """COME lifted an opt-out, and is no longer a keyword."""
    run("program", "create", "--id", 7, *OTHER, "--short-code", "20880", "--keyword", "COME")
    write(empty_store_url, "COME")
    run("opt-outs", "rebuild")
    assert not is_due(empty_store_url)
    run("program", "delete", "7", "--confirm", "7")
    assert is_due(empty_store_url)
    assert run("opt-outs", "rebuild", "--json") == {"numbers": 1, "changed": 1}


def test_the_deletion_of_a_program_without_keywords_makes_none_due(
    run: Run, program: dict[str, Any], empty_store_url: str
) -> None:
    run("program", "create", "--id", 7, *OTHER, "--short-code", "20880")
    write(empty_store_url, "STOP")
    run("program", "delete", "7", "--confirm", "7")
    assert not is_due(empty_store_url)


def is_due(url: str) -> bool:
    [[due]] = execute(url, "SELECT rebuild_due_since FROM consent_words")
    return due is not None
