"""What the indexes of both engines answer: which pages are short work, and which are searched."""

from smsledger.ledger.query import Filters, PageQuery

# Each number is a search of its own, a fraction of a millisecond.
FEW_NUMBERS = 5


def answered_from_index(filters: Filters) -> bool:
    """Return whether each row that an index yields passes the filters."""
    scanned = bool(filters.message_type or filters.networks)
    few = len(filters.numbers) <= FEW_NUMBERS
    return not scanned and not (filters.numbers and filters.delivery_statuses) and few


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
