"""Tokens and positions outlive the release that handed them out: their literal values are kept."""

import pytest

from smsledger.errors import PositionOverflow
from smsledger.ledger import feed
from smsledger.ledger.feed import FeedPage, OldPosition, Position, Token
from smsledger.ledger.token_codec import InvalidText

EPOCH = "0eeb496294c54807"
TOKENS = {
    "galSZ7Tl7ZWwMGVlYjQ5NjI5NGM1NDgwN84AAdvTAAvPAAZhao_5Q2g": Token(
        epoch=EPOCH, program_id=121811, since=0, change=11, whole=1795960170169192
    ),
    "geZMqC13sJWwMGVlYjQ5NjI5NGM1NDgwNwfOACYloM8AAAEAAAAAAM8ABQl1I8zIAA": Token(
        epoch=EPOCH, program_id=7, since=2_500_000, change=2**40, whole=1417773600000000
    ),
}
# By program, its counter when it was created, and the change.
POSITIONS = {
    5250855217397761: (121811, 0, 1),
    5250855217397771: (121811, 0, 11),
    5390905510985727: (7, 2_500_000, 2**36 - 1),
}


def fingerprint_of(program_id: int, since: int, epoch: str = EPOCH) -> int:
    page = FeedPage(epoch=epoch, since=since, last=0, entries=[], reached=0, forgotten=0)
    return feed.fingerprint(program_id, page)


@pytest.mark.parametrize(("text", "token"), TOKENS.items())
def test_a_token_is_the_same_text_in_every_release(text: str, token: Token) -> None:
    assert feed.encode(token) == text
    assert feed.decode(text) == token


@pytest.mark.parametrize(("number", "place"), POSITIONS.items())
def test_a_position_is_the_same_number_in_every_release(
    number: int, place: tuple[int, int, int]
) -> None:
    program_id, since, change = place
    position = Position(fingerprint_of(program_id, since), change)
    assert position.number == number
    assert feed.decode(str(number)) == position


def test_positions_grow_with_the_change_and_are_exact_as_doubles() -> None:
    changes = [1, 2, 3, 10**6, 10**6 + 1, 2**36 - 2, 2**36 - 1]
    numbers = [Position(0b1111_1111_1111_1111, change).number for change in changes]
    assert numbers == sorted(set(numbers)) == list(map(int, map(float, numbers)))
    assert numbers[-1] == feed.GREATEST_POSITION == 2**53 - 1


def test_a_change_that_does_not_fit_is_an_error_and_never_another_position() -> None:
    with pytest.raises(PositionOverflow):
        assert Position(1, 2**36).number


def test_fingerprints_tell_programs_and_ledgers_apart() -> None:
    found = {fingerprint_of(7, 0, epoch=str(epoch)) for epoch in range(1000)}
    assert len(found) > 980
    assert all(mark < 2**16 and mark % 16 for mark in found)
    assert fingerprint_of(7, 0) != fingerprint_of(7, 1) != fingerprint_of(8, 1)


def test_no_position_of_an_earlier_build_is_read_as_one_of_now() -> None:
    between = range(2**12, 2**13)  # their positions are as large as those of now
    for fingerprint in (1, *between, 2**22 - 1):
        for change in (0, 1, 2**35, 2**36 - 1):
            assert feed.decode(str(fingerprint << 40 | change)) == OldPosition()


@pytest.mark.parametrize("number", [1, 2**40 - 1, 2**62, 2**63])
def test_a_number_that_no_build_handed_out_is_refused(number: int) -> None:
    with pytest.raises(InvalidText):
        feed.decode(str(number))
