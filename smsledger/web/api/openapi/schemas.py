"""components.schemas: the JSON Schemas of what goes over the wire, made from its structs."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from smsledger.errors import Problem
from smsledger.intake import ingest, rows
from smsledger.ledger import feed
from smsledger.ledger.fields import FIELDS, Field
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.web.api.openapi.fields import FACTS

_REFERENCE = "#/components/schemas/{name}"


def _wire_type(field: Field, *, optional: bool) -> Any:
    """The type of a field on the wire, where a moment is a text."""
    kind: Any = field.words or (int if field.kind == "count" else str)
    kind = kind | None if field.nullable else kind
    return kind | UnsetType if optional else kind


def _struct_field(field: Field, *, optional: bool) -> tuple[Any, ...]:
    kind = _wire_type(field, optional=optional)
    return (field.name, kind, UNSET) if optional else (field.name, kind)


Message = msgspec.defstruct(
    "Message",
    [_struct_field(field, optional=not field.standard) for field in FIELDS],
    namespace={
        "__doc__": "One message: six fields, and after them those that `include` asks for, in its "
        "order.",
    },
)


class PageMeta(msgspec.Struct, rename="camel"):
    """What is said about a page."""

    general_errors: Annotated[list[Problem], msgspec.Meta(max_length=0)]
    next_page_url: str | None
    changes: str | UnsetType = UNSET


class LastMeta(msgspec.Struct, rename="camel"):
    """What is said about an answer that has no pages."""

    general_errors: Annotated[list[Problem], msgspec.Meta(max_length=0)]
    next_page_url: None


class PageData(msgspec.Struct, rename="camel"):
    """The program, and its messages in order of date."""

    campaign_name: str
    program_name: str
    program_type: str
    messages: list[Message]  # type: ignore[valid-type]  # made of FIELDS


class Page(msgspec.Struct):
    """One page of a walk."""

    data: PageData
    meta: PageMeta


class HistoryEntry(msgspec.Struct, rename="camel"):
    """One thing that was said about a message."""

    change: int
    delivery_status: DeliveryStatus | None
    date: str | None
    recorded_at: str
    network: str | None
    gateway: str | None
    error_code: str | None
    text: str | None


_Position = Annotated[int, msgspec.Meta(ge=feed.LEAST_POSITION, le=feed.GREATEST_POSITION)]
Change = msgspec.defstruct(
    "Change",
    [
        ("id", str),
        ("change", int),
        ("position", _Position | UnsetType, UNSET),
        ("erased", bool | UnsetType, UNSET),
        *(_struct_field(field, optional=True) for field in FIELDS if field.name != "id"),
        ("history", list[HistoryEntry] | UnsetType, UNSET),
    ],
    namespace={
        "__doc__": "A message in its latest state; or, with `erased`, one that is there no more."
    },
)


class ChangesData(msgspec.Struct):
    """Messages in the order of `change`."""

    messages: list[Change]  # type: ignore[valid-type]  # made of FIELDS


class ChangesMeta(msgspec.Struct, rename="camel"):
    """What is said about a page of the change feed."""

    general_errors: Annotated[list[Problem], msgspec.Meta(max_length=0)]
    next_page_url: str | None
    next_token: str


class ChangesPage(msgspec.Struct):
    """What changed since a token."""

    data: ChangesData
    meta: ChangesMeta


class Counted(msgspec.Struct, rename="camel"):
    """The messages of one type and delivery status in one day or hour."""

    period: str
    type: MessageType
    delivery_status: DeliveryStatus
    messages: Annotated[int, msgspec.Meta(ge=1)]
    segments: Annotated[int, msgspec.Meta(ge=0)]
    segments_unknown: Annotated[int, msgspec.Meta(ge=0)]


class CountsData(msgspec.Struct, rename="camel"):
    """The program, and its counts in order of period, type and delivery status."""

    campaign_name: str
    program_name: str
    program_type: str
    counts: list[Counted]


class Counts(msgspec.Struct):
    """How many messages there are in a window."""

    data: CountsData
    meta: LastMeta


class ReportData(msgspec.Struct):
    """How many rows were accepted, were in the ledger already, were rejected, and why."""

    accepted: int
    duplicates: int
    rejected: int
    rejections: list[ingest.Rejection]


class Report(msgspec.Struct):
    """What became of the rows of a body."""

    data: ReportData
    meta: LastMeta


class StatusData(msgspec.Struct):
    """One word."""

    status: str


class Status(msgspec.Struct):
    """How the server is."""

    data: StatusData
    meta: LastMeta


class ErrorMeta(msgspec.Struct, rename="camel"):
    """What went wrong: all of it, one entry each."""

    general_errors: Annotated[list[Problem], msgspec.Meta(min_length=1)]
    next_page_url: None


class ErrorEnvelope(msgspec.Struct):
    """The answer of every error."""

    data: None
    meta: ErrorMeta


# Generators have no type for a field that is always null. So it gets the type that the field has in
# other responses, and null as its only value.
_TYPE_OF_NULL = {"data": "object", "nextPageUrl": "string"}
_SENTENCES = {
    "MessageRow": "One message to ingest. A field that is not listed rejects the row.",
    "ReceiptRow": "What a gateway later said about a message. A field that is not listed rejects "
    "the row.",
    "Rejection": "A row that was not taken; it never spoils the others.",
    "Problem": "One thing that is wrong.",
}
_STRUCTS = (
    *(Page, ChangesPage, Counts, rows.MessageRow, rows.ReceiptRow),
    *(Report, Status, ErrorEnvelope),
)
_WORDS: tuple[type[StrEnum], ...] = (MessageType, DeliveryStatus)


def schemas() -> dict[str, Any]:
    """All schemas, by name."""
    _, made = msgspec.json.schema_components(_STRUCTS, ref_template=_REFERENCE)
    for words in _WORDS:
        # msgspec sorts them; their own order is their rank.
        made[words.__name__] |= {"type": "string", "enum": [word.value for word in words]}
    return {name: _described(name, schema) for name, schema in sorted(made.items())}


def _described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    described = {key: value for key, value in schema.items() if key != "title"}
    if name in _SENTENCES:
        described["description"] = _SENTENCES[name]
    if "properties" in schema:
        facts = FACTS.get(name, {})
        fields = schema["properties"].items()
        described["properties"] = {
            field: _null(field) if made == {"type": "null"} else _field(made, facts.get(field, {}))
            for field, made in fields
        }
    return described


def _null(field: str) -> dict[str, Any]:
    return {"type": [_TYPE_OF_NULL[field], "null"], "const": None, "description": "Always null."}


def _field(made: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """A field's schema with the facts about it; facts that say the type themselves replace it."""
    if "$ref" in facts or "anyOf" in facts:
        return facts
    return {**_flat(made), **facts}


def _flat(made: dict[str, Any]) -> dict[str, Any]:
    """`anyOf` of plain types as one schema with a list of types, which tools read better.

    No keyword of one of the types means anything to another. A default of null says only that
    the field may be absent, which `required` says already.
    """
    kept = {key: value for key, value in made.items() if key != "default"}
    kinds = kept.pop("anyOf", [])
    if not kinds:
        return kept
    merged = {key: value for kind in kinds for key, value in kind.items() if key != "type"}
    return {"type": [kind["type"] for kind in kinds], **merged, **kept}
