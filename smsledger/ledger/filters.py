"""Which messages are asked for. Each filter is one entry in the class `Filters`.

The parser of the API, its document, both engines, the client, the command line and the console
read `FILTERS`, which is made of these entries.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, get_type_hints
from urllib.parse import quote

import msgspec

from smsledger.ledger.filter_kinds import (
    MAX_NAMES,
    MAX_NUMBERS,
    FilterKind,
    handset_numbers,
    names,
    one_of,
    some_of,
)
from smsledger.ledger.model import DeliveryStatus, MessageType


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """One filter: messages whose `column` has the value, or one of several values.

    `parameter` is its name in the API, `option` that of `smsledger export`, with `metavar` and
    `help`, and `label` that in the console. `description` is for the document of the API.
    `choices` are the values that the console offers, with their labels. `counted`: counts are kept
    by this column. `field` is the attribute of `Filters`, and is set from it.
    """

    parameter: str
    column: str
    kind: FilterKind
    description: str
    option: str
    metavar: str
    help: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    counted: bool = False
    field: str = ""

    @property
    def keyword(self) -> str:
        """The name of the option in Python."""
        return self.option.removeprefix("--").replace("-", "_")


class Filters(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Which messages of a window are wanted; None or an empty tuple means all.

    The tuples are sorted and free of repetition, so that equal filters are equal values. They are
    part of a cursor, by their order: a new filter is the last one, and cursors stay valid.
    """

    message_type: Annotated[
        MessageType | None,
        Filter(
            parameter="messageType",
            column="type",
            kind=one_of(MessageType),
            description="MO or MT, in any letter case; absent: both.",
            option="--type",
            metavar="MO|MT",
            help="Only this type.",
            label="Type",
            choices=(
                ("", "MT and MO"),
                ("MT", "MT, sent to handsets"),
                ("MO", "MO, received from them"),
            ),
            counted=True,
        ),
    ] = None
    delivery_statuses: Annotated[
        tuple[DeliveryStatus, ...],
        msgspec.Meta(max_length=len(DeliveryStatus)),
        Filter(
            parameter="deliveryStatus",
            column="delivery_status",
            kind=some_of(DeliveryStatus),
            description=f"One or more of {', '.join(DeliveryStatus)}, comma-separated; "
            "absent: all.",
            option="--status",
            metavar="STATUS,…",
            help="Only these delivery statuses.",
            label="Delivery status",
            choices=tuple((status.value, status.value) for status in DeliveryStatus),
            counted=True,
        ),
    ] = ()
    numbers: Annotated[
        tuple[str, ...],
        msgspec.Meta(max_length=MAX_NUMBERS),
        Filter(
            parameter="number",
            column="number",
            kind=handset_numbers(),
            description="One or more handset numbers, comma-separated; absent: all.",
            option="--number",
            metavar="NUMBER,…",
            help="Only these numbers.",
            label="Number",
        ),
    ] = ()
    networks: Annotated[
        tuple[str | None, ...],
        msgspec.Meta(max_length=MAX_NAMES + 1),
        Filter(
            parameter="network",
            column="network",
            kind=names("networks", control="dropdown"),
            description="One exact network; may be repeated; empty: messages whose network is not "
            "known.",
            option="--network",
            metavar="NAME",
            help="Only this carrier; '' if unknown. Repeatable.",
            label="Network",
            counted=True,
        ),
    ] = ()

    def __post_init__(self) -> None:
        """A value that is there twice would be searched twice, and its messages shown twice."""
        for name in Filters.__struct_fields__:
            values = getattr(self, name)
            if values and isinstance(values, tuple) and len(set(values)) != len(values):
                raise ValueError("a filter has a value twice")


def _entries() -> Iterator[Filter]:
    for field, hint in get_type_hints(Filters, include_extras=True).items():
        [entry] = (fact for fact in hint.__metadata__ if isinstance(fact, Filter))
        yield msgspec.structs.replace(entry, field=field)


FILTERS = tuple(_entries())
# A name may contain these, and then they do not separate anything.
_UNESCAPED = {each.parameter: "" for each in FILTERS if each.kind.repeatable}


def in_force(filters: Filters) -> Iterator[tuple[Filter, Any]]:
    """Yield each filter that has a value, with the value."""
    for each in FILTERS:
        if value := getattr(filters, each.field):
            yield each, value


def pairs(filters: Filters, dates: Iterable[tuple[str, str]] = ()) -> Iterator[tuple[str, str]]:
    """Yield the filters in force as parameters and texts; dates follow the message type."""
    texts = {each.parameter: each.kind.texts(value) for each, value in in_force(filters)}
    return in_order(texts, dates)


def in_order(
    texts: Mapping[str, Iterable[str]], others: Iterable[tuple[str, str]] = ()
) -> Iterator[tuple[str, str]]:
    """Yield each text with its parameter; other parameters follow the message type."""
    for each in FILTERS:
        yield from ((each.parameter, text) for text in texts.get(each.parameter, ()))
        if each is FILTERS[0]:
            yield from others


def query_string(parameters: Iterable[tuple[str, str]]) -> str:
    """Write parameters as the query string of a URL, with the commas and colons of their texts."""
    return "&".join(
        f"{name}={quote(text, safe=_UNESCAPED.get(name, ',:'))}" for name, text in parameters
    )
