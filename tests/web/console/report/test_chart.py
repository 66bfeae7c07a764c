"""Counts as a chart, by the clocks of zones that are set forward and back."""

import json
from typing import Any

import pytest

from smsledger.ledger import instant
from smsledger.ledger.counts import Count
from smsledger.ledger.instant import DAY, HOUR
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.web.console.report.chart import Sums, chart_of, sums_of
from smsledger.web.console.report.presets import presets
from smsledger.web.console.report.totals import by_network

BERLIN = "Europe/Berlin"


def at(text: str) -> int:
    return instant.parse(text).first


def count(**what_matters: Any) -> Count:
    plausible = {
        "start": at("2026-07-01T00:00:00"),
        "type": MessageType.MT,
        "delivery_status": DeliveryStatus.SENT,
        "network": None,
        "messages": 1,
        "segments": 0,
        "segmented": 0,
    }
    return Count(**{**plausible, **what_matters})


def hours(start: str, end: str) -> Sums:
    return sums_of([count(start=each) for each in range(at(start), at(end), HOUR)])


@pytest.mark.parametrize(
    ("start", "end", "length"),
    [
        ("2026-03-28T23:00:00", "2026-03-29T22:00:00", 23),
        ("2026-10-24T22:00:00", "2026-10-25T23:00:00", 25),
    ],
)
def test_a_day_on_which_the_clock_is_set_has_its_own_length(
    start: str, end: str, length: int
) -> None:
    around = hours(start, end)
    days = chart_of(around, "day", BERLIN, None, None)
    assert (len(days.labels), days.series[0].counts) == (1, [length])
    shown = chart_of(around, "hour", BERLIN, None, None)
    assert len(set(shown.labels)) == len(shown.labels) == length


def test_an_hour_that_comes_again_says_so() -> None:
    shown = chart_of(
        hours("2026-10-25T00:00:00", "2026-10-25T02:00:00"), "hour", BERLIN, None, None
    )
    assert shown.labels == ["2026-10-25 02:00", "2026-10-25 02:00 again"]


def test_periods_without_messages_are_there_and_so_is_the_whole_window() -> None:
    one = count(start=at("2026-07-03T00:00:00"), messages=4)
    shown = chart_of(
        sums_of([one]), "day", "GMT", at("2026-07-01T10:00:00"), at("2026-07-05T23:59:59")
    )
    assert (shown.labels[0], shown.labels[-1]) == ("2026-07-01", "2026-07-05")
    assert shown.series[0].counts == [0, 0, 4, 0, 0]
    assert shown.rows == [("2026-07-03", [4])]


def test_only_the_statuses_that_there_are_have_a_series_in_their_order() -> None:
    counts = [
        count(delivery_status=DeliveryStatus.RECEIVED, type=MessageType.MO),
        count(delivery_status=DeliveryStatus.ERROR, messages=2),
        count(delivery_status=DeliveryStatus.ERROR, messages=3),
    ]
    shown = chart_of(sums_of(counts), "day", "GMT", None, None)
    assert [(each.status, each.total) for each in shown.series] == [("Error", 5), ("Received", 1)]
    assert json.loads(shown.json())["series"][0] == {"status": "Error", "counts": [5]}
    assert shown.total == 6


def test_nothing_is_an_empty_chart() -> None:
    assert chart_of(sums_of([]), "day", BERLIN, at("2026-07-01T00:00:00"), None).total == 0


def test_networks_are_told_by_size_with_their_rate() -> None:
    delivered, failed = DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED
    totals = by_network(
        [
            count(network="EE", delivery_status=delivered, messages=3),
            count(network="EE", delivery_status=failed, messages=1),
            count(type=MessageType.MO, delivery_status=DeliveryStatus.RECEIVED, messages=2),
        ]
    )
    told = [(each.name, each.messages, each.failed, each.delivered) for each in totals]
    assert told == [("EE", 4, 1, 0.75), (None, 2, 0, None)]


def test_windows_that_are_often_wanted_are_of_the_zones_clock() -> None:
    now = at("2026-11-25T23:30:00")  # a Wednesday; in Berlin it is Thursday already
    gmt, berlin = presets(now, "GMT"), presets(now, BERLIN)
    assert [each.start for each in gmt] == [
        "2026-11-24T23:30",
        "2026-11-19T00:00",
        "2026-11-16T00:00",
        "2026-10-27T00:00",
    ]
    assert (gmt[2].end, berlin[2].end) == ("2026-11-22T23:59", "2026-11-22T23:59")
    assert [each.start for each in berlin][:2] == ["2026-11-25T00:30", "2026-11-20T00:00"]
    assert presets(now + 4 * DAY, BERLIN)[2].start == "2026-11-23T00:00"
