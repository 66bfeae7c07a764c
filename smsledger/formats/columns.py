"""The fields of a message as the columns of a file: the six of the wire, and the included ones."""

from smsledger.ledger.query import INCLUDABLE

__all__ = ["COLUMNS", "COUNTS", "DATES", "INCLUDABLE", "fields"]

COLUMNS = ("type", "deliveryStatus", "number", "body", "date", "network")
DATES = ("date", "updatedAt")
COUNTS = ("segments",)


def fields(include: tuple[str, ...]) -> tuple[str, ...]:
    """The wire's names in the order of the columns; `include` may come in any order."""
    return COLUMNS + tuple(name for name in INCLUDABLE if name in include)
