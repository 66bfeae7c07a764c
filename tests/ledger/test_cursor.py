from typing import Any

import pytest

from smsledger.ledger import cursor as cursors
from smsledger.ledger.cursor import InvalidCursor
from smsledger.ledger.filters import Filters
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.ledger.walk import Cursor, Key, Walk


def make_cursor(**what_matters: Any) -> Cursor:
    filters = Filters(
        message_type=MessageType.MT,
        delivery_statuses=(DeliveryStatus.ERROR,),
        numbers=("15556667777",),
        networks=(None, "T-Mobile"),
    )
    walk = Walk(epoch="e", program_id=7, pin=9, began=1, start=2, end=3, filters=filters)
    plausible = {"walk": walk, "key": Key(2, 5), "page": 2, "page_size": 50, "issued": 4}
    return Cursor(**{"served": 50, **plausible, **what_matters})


def test_a_cursor_reads_back_whole() -> None:
    cursor = make_cursor()
    assert cursors.decode(cursors.encode(cursor)) == cursor


def test_a_cursor_of_this_form_is_read_by_every_later_release() -> None:
    text = "ASdMYEf_HZaXoWUHCQECA5SiTVSRpUVycm9ykasxNTU1NjY2Nzc3N5LAqFQtTW9iaWxlkgIFAjIEMg"
    assert cursors.encode(make_cursor()) == text
    assert cursors.decode(text) == make_cursor()


def test_a_cursor_of_an_earlier_release_does_not_say_how_many_were_served() -> None:
    text = "AbvzoMg8n5WXoWUHCQECA5SiTVSRpUVycm9ykasxNTU1NjY2Nzc3N5LAqFQtTW9iaWxlkgIFAjIE"
    assert cursors.decode(text) == make_cursor(served=0)


def test_every_single_changed_character_is_noticed() -> None:
    text = cursors.encode(make_cursor())
    for place, character in enumerate(text):
        other = "B" if character != "B" else "C"
        with pytest.raises(InvalidCursor):
            cursors.decode(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("text", ["", "a", "é", "AAAA", "=", "x" * 10_000])
def test_what_was_never_handed_out_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        cursors.decode(text)


@pytest.mark.parametrize(
    "forged",
    [
        {"page": 1},
        {"page_size": 501},
        {"issued": 2**62},
        {"key": Key(0, -1)},
        {"key": Key(0, 2**63)},
        {"served": -1},
    ],
)
def test_a_forged_cursor_with_a_good_checksum_is_checked_like_any_input(
    forged: dict[str, Any],
) -> None:
    with pytest.raises(InvalidCursor):
        cursors.decode(cursors.encode(make_cursor(**forged)))
