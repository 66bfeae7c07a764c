"""A target that is away for a while."""

import time
from types import SimpleNamespace

import pytest

from smsledger.client.database import target_retry
from smsledger.client.database.target_retry import BUSY, retry_target
from smsledger.client.errors import TargetBusy, TargetFailed, TargetUnusable, TokenMoved


class Run:
    """Fails as it is told to, one failure after the other; then returns."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)

    def __call__(self) -> str:
        if self.failures:
            raise self.failures.pop(0)
        return "done"


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_what_may_pass_is_waited_for_a_little_longer_each_time(pauses: list[float]) -> None:
    run = Run(TargetBusy("held"), TargetFailed("down"), TokenMoved("moved"))
    assert retry_target(run, print) == "done"
    assert pauses == [0.5, 1.0, 2.0]


def test_no_pause_is_longer_than_half_a_minute(pauses: list[float]) -> None:
    retry_target(Run(*[TargetFailed("down")] * 20), print)
    assert max(pauses) == pauses[-1] == 30.0


def test_after_a_run_that_lasted_the_pauses_begin_anew(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 2.0, 3.0, 4.0, 4000.0, 4001.0])
    monkeypatch.setattr(target_retry, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    retry_target(Run(*[TargetFailed("down")] * 3), print)
    assert pauses == [0.5, 1.0, 0.5]


def test_each_failure_is_told() -> None:
    told: list[str] = []
    retry_target(Run(TargetBusy("messages.duckdb is held")), told.append)
    assert told == ["messages.duckdb is held; trying again in 0.5 s"]


def test_what_does_not_pass_is_raised(pauses: list[float]) -> None:
    with pytest.raises(TargetUnusable):
        retry_target(Run(TargetUnusable("another layout")), print)
    assert pauses == []


def test_what_is_not_to_be_waited_for_is_raised(pauses: list[float]) -> None:
    with pytest.raises(TargetFailed):
        retry_target(Run(TargetBusy("held"), TargetFailed("down")), print, BUSY)
    assert pauses == [0.5]
