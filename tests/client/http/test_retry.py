import re
from datetime import UTC, datetime

import pytest

from smsledger.client.errors import GaveUp
from smsledger.client.http.retry import Transient, retry_after, retrying

NOW = datetime(2014, 12, 5, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("Fri, 05 Dec 2014 10:00:30 GMT", 30),
        ("Fri, 05 Dec 2014 10:00:30 -0000", 30),
        ("Fri, 05 Dec 2014 09:00:00 GMT", 0),
        ("86400", 300),
        ("Sat, 06 Dec 2014 10:00:00 GMT", 300),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 5000, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_bounds(header: str, seconds: int) -> None:
    assert retry_after(header, NOW) == seconds


def pauses(*afters: float) -> list[float]:
    """The pauses after failures that ask for these seconds, without sitting them out."""
    failures = iter(afters)
    pauses: list[float] = []

    def fail() -> None:
        raise Transient("down", next(failures))

    patient = retrying(len(afters) - 1, notes.append).copy(sleep=pauses.append)
    with pytest.raises(GaveUp, match=f"gave up after {len(afters)} tries: down"):
        patient(fail)
    return pauses


notes: list[str] = []


def test_pauses_double_up_to_a_bound() -> None:
    bounds = (0.5, 1, 2, 4, 8, 16, 30, 30)
    for pause, least in zip(pauses(*[0] * 9), bounds, strict=True):
        assert least <= pause <= least + 0.5


def test_a_pause_is_never_shorter_than_the_server_asks() -> None:
    first, second = pauses(5, 0, 0)
    assert 5 <= first <= 5.5
    assert 1 <= second <= 1.5


def test_each_failure_is_told() -> None:
    notes.clear()
    pauses(0, 0)
    assert re.fullmatch(r"down; trying again in (0\.\d|1\.0) s \(1 of 1\)", notes[0])
