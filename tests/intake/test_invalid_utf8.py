import pytest

from smsledger.intake.invalid_utf8 import rejection_of


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (b'{"id":"m-1","body":"caf\xe9"}', "body"),
        (b'{"id":"\\udcff","body":"\xff"}', "body"),
        (b'{"id":"m-1","body":"a\xff","id":"\xff"}', "body"),
        (b'{"segments":NaN,"body":"\xff"}', "body"),
        (b'{"number":' + b"9" * 5000 + b',"body":"\xff"}', "body"),
        (b'{"b\\u006fdy":{"a":[{"b":"\xff"}]}}', "body"),
        ("{'é':'café \udcff'}".replace("'", '"').encode("utf-8", "surrogateescape"), "é"),
        (b'{"b\xff":"a","body":"\xff"}', None),
        (b'{"body":"\\\xff"}', None),
        (b'{"body":\xff}', None),
        (b'[["body","\xff"]]', None),
        (b'"\xff"', None),
        (b"\xff" + b"[" * 100_000, None),
    ],
)
def test_the_field_is_named_where_it_is_known(row: bytes, field: str | None) -> None:
    rejected = rejection_of(row, 0)
    assert rejected is not None
    assert (rejected.field, rejected.code) == (field, "invalid_text")
    assert rejected.message.startswith(f"{field or 'the row'} is not UTF-8 at byte ")


def test_the_place_counts_from_the_beginning_of_the_body() -> None:
    rejected = rejection_of(b'{"body":"\xe2\x82"}', 100)
    assert rejected is not None
    assert rejected.message == "body is not UTF-8 at byte 109"


def test_a_row_that_is_utf8_is_not_rejected() -> None:
    assert rejection_of('{"body":"é👋 \ufffd \\ud800"}'.encode(), 0) is None
