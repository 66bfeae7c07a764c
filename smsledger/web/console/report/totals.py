"""Counts by network -> a line for each, and which networks can be asked for."""

from collections import defaultdict

import msgspec

from smsledger.ledger.counts import Count
from smsledger.ledger.model import DeliveryStatus, MessageType

_FAILED = (DeliveryStatus.UNDELIVERED, DeliveryStatus.ERROR)


class NetworkTotal(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of a network; `delivered` is the share of its MTs that were, None without any.

    `name` None: those whose network is not known.
    """

    name: str | None
    messages: int
    failed: int
    delivered: float | None


def by_network(counts: list[Count]) -> list[NetworkTotal]:
    """A line for each network, the largest first."""
    grouped: dict[str | None, list[Count]] = defaultdict(list)
    for each in counts:
        grouped[each.network].append(each)
    totals = [_total(name, some) for name, some in grouped.items()]
    return sorted(totals, key=lambda total: (-total.messages, total.name or ""))


def _total(name: str | None, counts: list[Count]) -> NetworkTotal:
    sent = sum(each.messages for each in counts if each.type is MessageType.MT)
    return NetworkTotal(
        name=name,
        messages=sum(each.messages for each in counts),
        failed=_sum(counts, *_FAILED),
        delivered=_sum(counts, DeliveryStatus.DELIVERED) / sent if sent else None,
    )


def _sum(counts: list[Count], *statuses: DeliveryStatus) -> int:
    return sum(each.messages for each in counts if each.delivery_status in statuses)
