"""Pairs of measurements, and the bounds of their ratios."""

from itertools import count

import pytest

from bench.comparison import bounds_of, in_pairs


def test_the_order_changes_with_each_pair_and_the_first_is_not_counted() -> None:
    moments = count()
    ours, other = in_pairs(lambda: next(moments), lambda: next(moments), pairs=3)
    assert ours == (2, 5, 6)
    assert other == (3, 4, 7)


@pytest.mark.parametrize(
    ("pairs", "lower", "upper"),
    [
        (1, 1, 1),
        (5, 1, 5),  # 1 of 16 lies beyond them: there are no closer ones
        (6, 1, 6),  # 1 of 32
        (9, 2, 8),
        (10, 2, 9),
        (30, 10, 21),  # as in tables of the sign test
    ],
)
def test_the_bounds_leave_out_at_most_a_fortieth_on_either_side(
    pairs: int, lower: float, upper: float
) -> None:
    ratios = [float(ratio) for ratio in range(pairs, 0, -1)]
    assert bounds_of(ratios, [1.0] * pairs) == (lower, (pairs + 1) / 2, upper)
