import pytest

from smsledger.ledger import instant
from smsledger.ledger.instant import DAY, HOUR, SECOND


def test_a_date_without_a_zone_is_gmt() -> None:
    assert instant.parse("1970-01-02T00:00:00").first == DAY


@pytest.mark.parametrize("zone", ["+02:00", "+0200", " 02:00"])
def test_an_offset_is_taken_off_and_a_space_before_it_is_an_unescaped_plus(zone: str) -> None:
    assert instant.parse(f"1970-01-01T02:00:00{zone}").first == 0


def test_a_written_date_spans_the_precision_it_is_given_with() -> None:
    assert instant.parse("1970-01-01T00:00:00Z") == (0, SECOND - 1)
    assert instant.parse("1970-01-01T00:00:00.5") == (500_000, 599_999)
    assert instant.parse("1970-01-01T00:00:00.1234569") == (123_456, 123_456)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01",
        "2024-01-01 00:00:00",
        "0000-01-01T00:00:00",
        "2023-02-29T00:00:00",
        "2024-01-01T24:00:00",
        "2024-01-01T00:00:60",
        "2024-01-01T00:00:00+24:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٤-01-01T00:00:00",
        "2024-01-01T00:00:00.",
        "2024-01-01T00:00:00Z\n",
        "",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|offset|years"):
        instant.parse(text)


def test_rendering_reads_back() -> None:
    moment = instant.parse("2014-12-05T10:00:00.123456").first
    assert instant.render_seconds(moment) == "2014-12-05T10:00:00"
    assert instant.render_micros(moment) == "2014-12-05T10:00:00.123456"
    assert instant.render_micros(0) == "1970-01-01T00:00:00.000000"


def test_midnight_begins_the_gmt_day() -> None:
    assert instant.midnight(3 * DAY + 5 * HOUR) == 3 * DAY
