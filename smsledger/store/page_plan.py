"""What the indexes of both engines answer: which pages are short work, and which are searched."""

from typing import Any

import msgspec

from smsledger.ledger.filters import Filter, Filters, in_force
from smsledger.ledger.walk import PageQuery

# Each number is a search of its own, a fraction of a millisecond.
FEW_NUMBERS = 5
# By column, in the order in which they are chosen.
_INDEXES = {"number": "message_number", "delivery_status": "message_status"}


class Arms(msgspec.Struct, frozen=True):
    """The parts of an index to read: one for each of the values of its column."""

    index: str
    column: str
    values: tuple[Any, ...]

    @property
    def are_few(self) -> bool:
        """Return whether searching all of them is fast."""
        return self.column != "number" or len(self.values) <= FEW_NUMBERS


class FilterPlan(msgspec.Struct, frozen=True):
    """How filters are applied: by an index (`arms`), and to each row (`scanned`)."""

    arms: Arms | None
    scanned: list[tuple[Filter, Any]]

    @property
    def is_exact(self) -> bool:
        """Return whether each row that the index yields passes the filters."""
        return not self.scanned and (self.arms is None or self.arms.are_few)


_EVERYTHING = FilterPlan(None, [])


def plan(filters: Filters) -> FilterPlan:
    """Return how the filters are applied; rows are checked first for what no index has."""
    given = {filter_.column: (filter_, value) for filter_, value in in_force(filters)}
    if not given:
        return _EVERYTHING
    arms, others = None, []
    for column, index in _INDEXES.items():
        if column not in given:
            continue
        if arms is None:
            arms = Arms(index, column, given.pop(column)[1])
        else:
            others.append(given.pop(column))
    return FilterPlan(arms, [*given.values(), *others])


def answered_from_index(filters: Filters) -> bool:
    """Return whether each row that an index yields passes the filters."""
    return plan(filters).is_exact


def is_short(query: PageQuery) -> bool:
    """Return whether the page takes less time to read than handing it to a thread."""
    is_page = query.separator == ","
    return is_page and answered_from_index(query.walk.filters) and not query.offset


def is_searched(query: PageQuery) -> bool:
    """Return whether the query's size limits the messages examined, not those found.

    So a step of a whole export takes a limited time, however few messages match.
    """
    filters = query.walk.filters
    return query.separator != "," and not answered_from_index(filters) and not filters.numbers
