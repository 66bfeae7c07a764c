"""A report's figures: its chart, its totals, and the networks that it can be narrowed to."""

import asyncio

import msgspec

from smsledger.ledger import instant, zones
from smsledger.ledger.counts import Count, CountsQuery, can_count
from smsledger.ledger.walk import Walk
from smsledger.store.page_plan import answered_from_index
from smsledger.store.store import Store
from smsledger.web.console.report.chart import BY_HOURS, Chart, Period, Sums, chart_of, sums_of
from smsledger.web.console.report.days import Hours, days_of
from smsledger.web.console.report.rows import Run, runs_of
from smsledger.web.console.report.totals import NetworkTotal, by_network

_LENGTHS = {"hour": instant.HOUR, "day": instant.DAY}
_COMMON = 100  # messages a day, of the days that have any: two pages of the usual size


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says about all of its messages.

    `chart` is None under a filter that counts are not kept by, such as the number. `networks` are
    those of the window, whichever are filtered for; None is the one that is not known. `runs` are
    where there are messages.
    """

    chart: Chart | None
    totals: list[NetworkTotal]
    networks: list[str | None]
    is_on_the_hour: bool
    runs: list[Run] | None


class _Counted(msgspec.Struct, frozen=True):
    """What was counted by the hours or days of GMT, and by what it is to be shown."""

    counts: list[Count]
    by: Period
    period: Period


async def figures_of(store: Store, walk: Walk, zone: str, now: int, *, begun: bool) -> Figures:
    """The figures of a walk's messages.

    Args:
        store: that counts them.
        walk: the window and the filters.
        zone: whose days the chart has.
        now: where the chart of a window without an end ends.
        begun: whether the window's start was asked for, so that the chart begins there.
    """
    every_network = msgspec.structs.replace(walk.filters, networks=())
    of_all = msgspec.structs.replace(CountsQuery.of(walk, "network"), filters=every_network)
    networks = by_network(await store.counts(of_all))
    wanted = walk.filters.networks
    end = min(walk.end, now)
    counted = await _by_period(store, walk, end, begun) if can_count(walk.filters) else None
    chart = None
    if counted:
        sums = await _sums(store, walk, zone, counted)
        start = walk.start if begun else None
        # A year of hours is work for some ten milliseconds.
        chart = await asyncio.to_thread(chart_of, sums, counted.period, zone, start, end)
    return Figures(
        chart=chart,
        totals=[each for each in networks if not wanted or each.name in wanted],
        networks=[each.name for each in networks],
        is_on_the_hour=zones.is_on_the_hour(zone, walk.start, end),
        runs=runs_of(counted.counts, _LENGTHS[counted.by]) if counted else None,
    )


async def _by_period(store: Store, walk: Walk, end: int, begun: bool) -> _Counted:
    period: Period = "hour" if end - walk.start <= BY_HOURS else "day"
    by = period
    counts = await store.counts(CountsQuery.of(walk, by))
    # What no index answers is looked for in the periods that have it. Where it is rare the shorter
    # are the better; else a page is found within a day or two, and a year of hours takes longer.
    if by == "day" and not answered_from_index(walk.filters) and _is_rare(counts):
        by, counts = "hour", await store.counts(CountsQuery.of(walk, "hour"))
    if period == "day" and not begun and _length(counts, end) <= BY_HOURS:
        period = "hour"
        if by == "day":
            by, counts = "hour", await store.counts(CountsQuery.of(walk, "hour"))
    return _Counted(counts, by, period)


async def _sums(store: Store, walk: Walk, zone: str, counted: _Counted) -> Sums:
    """What was counted, by the hours of GMT or by the days of the zone."""

    async def read(hours: Hours) -> Sums:
        query = msgspec.structs.replace(
            CountsQuery.of(walk, "day"),
            start=max(walk.start, hours.start),
            end=min(walk.end, hours.end),
            hours=(hours.first, hours.last),
        )
        return sums_of(await store.counts(query))

    sums = sums_of(counted.counts)
    return await days_of(zone, sums, read) if counted.by == "day" else sums


def _is_rare(counts: list[Count]) -> bool:
    days = {each.start for each in counts}
    return sum(each.messages for each in counts) < _COMMON * len(days)


def _length(counts: list[Count], end: int) -> int:
    """How long it is since the first of them."""
    return end - min((each.start or 0 for each in counts), default=end)
