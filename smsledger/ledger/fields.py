"""The fields of a message on the wire and in files: the six standard ones, and those to include."""

from collections.abc import Iterable

COLUMNS = ("type", "deliveryStatus", "number", "body", "date", "network")
INCLUDABLE = ("id", "shortCode", "segments", "updatedAt", "errorCode", "gateway")
DATES = ("date", "updatedAt")
COUNTS = ("segments",)


def included(names: Iterable[str], known: tuple[str, ...] = INCLUDABLE) -> tuple[str, ...]:
    """Return the names in the order of `known`, without repetitions.

    Raises:
        ValueError: a name is not known.
    """
    given = tuple(names)
    if unknown := [name for name in given if name not in known]:
        raise ValueError(f"'{unknown[0][:40]}' is not one of {', '.join(known)}")
    return tuple(name for name in known if name in given)


def columns(include: Iterable[str]) -> tuple[str, ...]:
    """Return the names of a file's columns."""
    return COLUMNS + included(include)
