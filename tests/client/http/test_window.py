import pytest

from smsledger.client.http import window
from smsledger.ledger import instant

NOW = instant.parse("2014-12-05T10:00:00.25").first


def resolve(start: str | None, end: str | None) -> tuple[str, str]:
    first = None if start is None else window.first(start)
    last = None if end is None else window.last(end)
    resolved = window.resolve(first, last, NOW)
    return resolved.start, resolved.end


def test_without_dates_it_is_the_365_days_until_now() -> None:
    resolved = window.resolve(None, None, NOW)
    assert (resolved.start, resolved.end) == ("2013-12-05T10:00:00", "2014-12-05T10:00:00")
    assert resolved.defaulted == ("start", "end")


@pytest.mark.parametrize(
    ("start", "end", "sent"),
    [
        ("2014-12-01", "2014-12-02", ("2014-12-01T00:00:00", "2014-12-02T23:59:59")),
        ("2014-12-01", "2014-12-01", ("2014-12-01T00:00:00", "2014-12-01T23:59:59")),
        (
            "2014-12-01T01:02:03Z",
            "2014-12-01T12:00:00+02:00",
            ("2014-12-01T01:02:03", "2014-12-01T10:00:00"),
        ),
        (
            "2014-12-01T00:00:00.00",
            "2014-12-01T00:00:00.5",
            ("2014-12-01T00:00:00", "2014-12-01T00:00:00.599999"),
        ),
        (
            "2014-12-01T00:00:00.000001",
            "2014-12-01T00:00:01",
            ("2014-12-01T00:00:00.000001", "2014-12-01T00:00:01"),
        ),
    ],
)
def test_dates_are_sent_in_gmt_to_the_precision_given(
    start: str, end: str, sent: tuple[str, str]
) -> None:
    assert resolve(start, end) == sent


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2014-13-01", "2014-12-01T00", "2014-12-1\u0661"]
)
def test_what_is_no_date_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"date"):
        window.first(text)


@pytest.mark.parametrize(
    ("start", "end"), [("2014-12-02", "2014-12-01"), ("2014-12-06", None), (None, "2013-01-01")]
)
def test_a_window_that_ends_before_it_starts_is_an_error(
    start: str | None, end: str | None
) -> None:
    with pytest.raises(ValueError, match=r"starts at .* after its end"):
        resolve(start, end)
