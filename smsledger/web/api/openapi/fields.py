"""Descriptions, patterns and examples of the fields in openapi.json.

They are added to the JSON Schemas that msgspec generates from the structs of the wire.
"""

from typing import Any

from smsledger.ledger import instant
from smsledger.ledger.fields import BY_NAME, FIELDS, Field

Facts = dict[str, Any]

_NUMBER = {"pattern": r"^\+?[0-9]{3,20}$", "minimum": 100}

_DATE_GIVEN = "GMT unless it has an offset. At most six digits of a fraction are used."


def _fact(sentence: str, *examples: object, **further: Any) -> Facts:
    return {"description": sentence, **further, **({"examples": [*examples]} if examples else {})}


def _type(sentence: str) -> Facts:
    return {"$ref": "#/components/schemas/MessageType", "description": sentence}


def _status(sentence: str) -> Facts:
    return {"$ref": "#/components/schemas/DeliveryStatus", "description": sentence}


# Why a row is rejected: `tests/web/api/test_openapi_answers.py` provokes each.
REJECTIONS = (
    "missing_field",
    "unknown_field",
    "duplicate_field",
    "invalid_field",
    "invalid_type",
    "invalid_status",
    "status_mismatch",
    "invalid_number",
    "invalid_date",
    "date_out_of_range",
    "invalid_text",
    "invalid_json",
    "id_conflict",
)


def _field(name: str, more: str = "", **further: Any) -> Facts:
    """The sentence and the example of a field; `more` is a further sentence."""
    field = BY_NAME[name]
    examples = [] if field.example is None else [field.example]
    return _fact(f"{field.description}{more}", *examples, **further)


def _exported(field: Field) -> Facts:
    pattern = {} if field.pattern is None else {"pattern": field.pattern}
    return _field(field.name, **pattern)


_EXPORTED = {field.name: _exported(field) for field in FIELDS}
_INGESTED = {
    "id": _field("id"),
    "type": _type(BY_NAME["type"].description),
    "number": _field("number", " A leading plus is dropped.", **_NUMBER),
    "body": _fact("The whole text.", "JOIN"),
    "date": _fact(
        f"When it was sent or received. Default: now. {_DATE_GIVEN}",
        "2014-12-05T10:00:00",
        pattern=instant.DATE_PATTERN,
    ),
    "deliveryStatus": {
        "anyOf": [{"$ref": "#/components/schemas/DeliveryStatus"}, {"type": "null"}],
        "description": "Default: Sent for an MT, Received for an MO.",
    },
    "network": _field("network"),
    "shortCode": _field("shortCode"),
    "gateway": _field("gateway"),
    "segments": _field("segments"),
    "errorCode": _field("errorCode"),
    "updatedAt": _fact("Accepted in exported messages, and ignored: the ledger sets it."),
}
_RECEIPT = {
    "id": _fact("The identifier of the message.", "m-1"),
    "deliveryStatus": _status(
        "The message has the highest status that was reported, in any order."
    ),
    "date": _fact(
        f"When it happened. {_DATE_GIVEN}",
        "2014-12-05T10:00:04",
        pattern=instant.DATE_PATTERN,
    ),
    "number": _fact("If present, the receipt matches only a message of this number.", **_NUMBER),
    "network": _field("network", " It becomes the network of the message."),
    "gateway": _INGESTED["gateway"],
    "errorCode": _INGESTED["errorCode"],
    "text": _fact(
        "The gateway's own text, for the history of the message.", "stat:DELIVRD err:000"
    ),
}

_CHANGED = {
    "change": _fact(
        "The number of the message's latest change in its program. It only grows.", 48211
    ),
    "position": _fact(
        "Place in the feed, accepted by `after`, for tools that store numbers. Exact as a double."
    ),
    "erased": _fact("The message was erased. The entry has no other fields of it.", const=True),
    "history": _fact(
        "Receipts and remarks after the message was stored, in the order of `change`."
    ),
    **{name: facts for name, facts in _EXPORTED.items() if name not in {"type", "deliveryStatus"}},
    "type": _type(BY_NAME["type"].description),
    "deliveryStatus": _status(BY_NAME["deliveryStatus"].description),
}
_SAID = {
    "change": _fact("The number of this change in the program."),
    "deliveryStatus": {
        "anyOf": [{"$ref": "#/components/schemas/DeliveryStatus"}, {"type": "null"}],
        "description": "Null for a remark.",
    },
    "date": _fact("When it happened, according to the gateway. Null if the gateway gave no date."),
    "recordedAt": _fact(
        "When the ledger recorded it: GMT, six digits.", pattern=instant.MICROS_PATTERN
    ),
    "network": _field("network"),
    "gateway": _field("gateway"),
    "errorCode": _field("errorCode"),
    "text": _fact("The gateway's own text.", "stat:DELIVRD err:000"),
}

# By schema, then by field, in their wire names.
FACTS: dict[str, dict[str, Facts]] = {
    "Message": _EXPORTED,
    "Change": _CHANGED,
    "HistoryEntry": _SAID,
    "Counted": {
        "period": _fact(
            "The first second of the day or hour: GMT, no zone.",
            "2014-12-05T00:00:00",
            pattern=instant.SECONDS_PATTERN,
        ),
        "type": _type(BY_NAME["type"].description),
        "deliveryStatus": _status(BY_NAME["deliveryStatus"].description),
        "messages": _fact("The number of messages.", 1205),
        "segments": _fact("The number of parts of the messages for which it is known.", 1310),
        "segmentsUnknown": _fact(
            "The number of messages for which the number of parts is not known.", 0
        ),
    },
    "MessageRow": _INGESTED,
    "ReceiptRow": _RECEIPT,
    "Rejection": {
        "index": _fact("The row's place in the body, from 0.", 1),
        "field": _fact("The invalid field. Null if the whole row is invalid.", "number"),
        "code": _fact("Stable, for programs.", *REJECTIONS),
        "message": _fact("Why, for people.", "the number must be 3 to 20 digits"),
    },
    "Problem": {
        "code": _fact("Stable, documented, never reused."),
        "message": _fact("What is wrong, for people.", "startDate is after endDate."),
        "parameter": _fact("Which parameter it concerns.", "startDate"),
        "hint": _fact("What to do about it.", "Did you mean messageType?"),
    },
    "PageMeta": {
        "generalErrors": _fact("Empty unless the response is an error."),
        "nextPageUrl": _fact(
            "The next page, with all filters. Null after the last page.", format="uri"
        ),
        "changes": _fact(
            "On a first page with `include=id`: the value of `after` to continue with."
        ),
    },
    "ChangesMeta": {
        "generalErrors": _fact("Empty unless the response is an error."),
        "nextPageUrl": _fact("The next page. Null after the last page.", format="uri"),
        "nextToken": _fact("Store it with the data, and send it as `after` next time."),
    },
}
