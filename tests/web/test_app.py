"""Background tasks of the application: an error ends none of them."""

import asyncio
from typing import Any

import pytest

from smsledger.errors import Unavailable
from smsledger.store.engine import TimelineChange
from smsledger.store.store import Store
from smsledger.web import app
from tests.application import application

CHANGE = TimelineChange(before=1, now=2)


async def log_of_timeline_checks(
    outcomes: list[Any],
    store: Store,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:
    """What the application logs while its checks of the timeline have these outcomes."""
    remaining, done = iter(outcomes), asyncio.Event()

    async def note_timeline(_: object) -> Any:
        outcome = next(remaining, None)
        if outcome is None:
            done.set()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(type(store), "note_timeline", note_timeline)
    monkeypatch.setattr(app, "_WATCH_EVERY", 0)
    async with application(store, store_url), asyncio.timeout(10):
        await done.wait()
    written = capsys.readouterr()
    return written.out + written.err


@pytest.mark.engines("postgres")
async def test_an_unexpected_error_of_a_timeline_check_is_logged_and_the_next_check_runs(
    store: Store,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcomes = [RuntimeError("a bug"), CHANGE]
    log = await log_of_timeline_checks(outcomes, store, store_url, monkeypatch, capsys)
    assert log.count("timeline_check_failed") == 1
    assert "RuntimeError: a bug" in log
    assert log.count("failed_over") == 1


@pytest.mark.engines("postgres")
async def test_a_timeline_check_does_not_log_that_the_database_is_away(
    store: Store,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcomes = [Unavailable.store(), CHANGE]
    log = await log_of_timeline_checks(outcomes, store, store_url, monkeypatch, capsys)
    assert "timeline_check_failed" not in log
    assert log.count("failed_over") == 1


async def test_an_unexpected_error_of_the_check_for_a_rebuild_is_logged_and_it_runs_again(
    store: Store,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcomes: list[Exception | int] = [RuntimeError("a bug"), Unavailable.store(), 1]
    remaining = iter(outcomes)

    async def note_words(_: Store) -> int:
        outcome = next(remaining)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(type(store), "note_words", note_words)
    monkeypatch.setattr(app, "_RETRY_SECONDS", 0)
    log = ""
    async with application(store, store_url), asyncio.timeout(10):
        while "opt_outs_rebuild_due" not in log:
            await asyncio.sleep(0.01)
            written = capsys.readouterr()
            log += written.out + written.err
    assert log.count("opt_outs_check_failed") == 1
    assert "RuntimeError: a bug" in log
    assert log.count("opt_outs_rebuild_due") == 1
