"""What messages that come and leave do to the rows of the counts."""

from smsledger.ledger.instant import DAY, HOUR
from smsledger.store.count_deltas import CountDeltas


def tally_of(
    *changes: tuple[int, int, str, str, str | None, int | None],
) -> list[tuple[str, int, str, str, str, int, int, int]]:
    deltas = CountDeltas()
    for change in changes:
        deltas.change(*change)
    return deltas.rows()


def test_a_message_is_in_its_hour_and_on_its_day() -> None:
    assert tally_of((1, DAY + HOUR + 5, "MT", "Sent", "T-Mobile", 3)) == [
        ("day", DAY, "MT", "Sent", "T-Mobile", 1, 3, 1),
        ("hour", DAY + HOUR, "MT", "Sent", "T-Mobile", 1, 3, 1),
    ]


def test_a_network_and_segments_that_are_not_known_are_counted_as_such() -> None:
    assert tally_of((1, -1, "MO", "Received", None, None))[0] == (
        *("day", -DAY, "MO", "Received", ""),
        *(1, 0, 0),
    )


def test_what_comes_and_leaves_again_changes_nothing() -> None:
    assert tally_of((1, 0, "MT", "Sent", None, 1), (-1, 0, "MT", "Sent", None, 1)) == []


def test_a_message_that_changes_its_status_is_moved() -> None:
    rows = tally_of((-1, 0, "MT", "Sent", None, 2), (1, 0, "MT", "Delivered", None, 2))
    assert [(row[0], row[3], *row[5:]) for row in rows] == [
        ("day", "Delivered", 1, 2, 1),
        ("day", "Sent", -1, -2, -1),
        ("hour", "Delivered", 1, 2, 1),
        ("hour", "Sent", -1, -2, -1),
    ]
