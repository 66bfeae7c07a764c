"""How a window is cut into what it is counted from."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsledger.ledger.counts import By, CountsQuery, Span
from smsledger.ledger.instant import DAY, EARLIEST, HOUR, LATEST

SIZES = {"day": DAY, "hour": HOUR, "message": 1}


def spans(start: int, end: int, by: By = "day") -> list[Span]:
    return CountsQuery(program_id=1, start=start, end=end, by=by).spans()


def test_a_window_is_cut_into_whole_days_whole_hours_and_the_rest() -> None:
    assert spans(DAY - HOUR - 5, 3 * DAY + HOUR + 8) == [
        Span("message", DAY - HOUR - 5, DAY - HOUR),
        Span("hour", DAY - HOUR, DAY),
        Span("day", DAY, 3 * DAY),
        Span("hour", 3 * DAY, 3 * DAY + HOUR),
        Span("message", 3 * DAY + HOUR, 3 * DAY + HOUR + 9),
    ]


def test_by_hour_no_days_are_read() -> None:
    assert spans(DAY, 2 * DAY - 1, "hour") == [Span("hour", DAY, 2 * DAY)]


def test_a_short_window_over_midnight_is_cut_there() -> None:
    assert spans(DAY - 5, DAY + 5) == [
        Span("message", DAY - 5, DAY),
        Span("message", DAY, DAY + 6),
    ]


def test_the_longest_window_is_one_of_days() -> None:
    assert spans(EARLIEST, LATEST) == [Span("day", EARLIEST, LATEST + 1)]


def test_an_empty_window_has_no_spans() -> None:
    assert spans(5, 4) == []


@pytest.mark.parametrize("by", ["hour", "day", "network", "status"])
@given(start=st.integers(-2 * DAY, 2 * DAY), length=st.integers(1, 3 * DAY))
def test_spans_tile_the_window_and_each_is_of_whole_periods(
    by: By, start: int, length: int
) -> None:
    cut = spans(start, start + length - 1, by)
    ends = [start, *(span.end for span in cut)]
    assert [(span.start, span.end) for span in cut] == list(itertools.pairwise(ends))
    assert ends[-1] == start + length
    assert all(span.start % SIZES[span.source] == 0 for span in cut)
    assert all(span.end % SIZES[span.source] == 0 for span in cut)
    if by in SIZES:
        assert all(span.source == by or _is_within_one(span, SIZES[by]) for span in cut)


def _is_within_one(span: Span, length: int) -> bool:
    return span.start // length == (span.end - 1) // length
