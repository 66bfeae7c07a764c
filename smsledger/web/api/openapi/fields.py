"""Descriptions, patterns and examples of the fields in openapi.json.

They are added to the JSON Schemas that msgspec generates from the structs of the wire.
"""

from typing import Any

from smsledger.ledger import instant

Facts = dict[str, Any]

_NUMBER = {"pattern": r"^\+?[0-9]{3,20}$", "minimum": 100}

_ID = "The caller's identifier of the message, unique within its program."
_TYPE = "MT was sent to a handset, MO came from one."
_STATUS = "Sent, Error, Undelivered, Delivered of an MT; Processing, Received of an MO."
_HANDSET = "The handset's number: country code and national number, digits only."
_NETWORK = "The carrier's name. Null if it is not known."
_SHORT_CODE = "The number that received the message (MO) or sent it (MT)."
_SEGMENTS = "The number of parts in which the message was sent."
_GATEWAY = "The gateway that transmitted the message."
_ERROR_CODE = "The gateway's or the carrier's code for what went wrong."
_DATE_GIVEN = "GMT unless it has an offset. At most six digits of a fraction are used."


def _said(sentence: str, *examples: object, **further: Any) -> Facts:
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

_EXPORTED = {
    "type": _said(_TYPE),
    "deliveryStatus": _said(_STATUS),
    "number": _said(_HANDSET, "15556667777", pattern="^[0-9]{3,20}$"),
    "body": _said("The whole text, its parts joined.", "JOIN"),
    "date": _said(
        "When it was sent (MT) or received (MO): GMT, whole seconds, no zone.",
        "2014-12-05T10:00:00",
        pattern=instant.SECONDS_PATTERN,
    ),
    "network": _said(_NETWORK, "T-Mobile"),
    "id": _said(_ID, "m-1"),
    "shortCode": _said(_SHORT_CODE, "20880"),
    "segments": _said(_SEGMENTS, 1),
    "updatedAt": _said(
        "The ledger's time of the latest change: GMT, six digits.",
        "2014-12-05T10:00:04.250000",
        pattern=instant.MICROS_PATTERN,
    ),
    "errorCode": _said(_ERROR_CODE, "30003"),
    "gateway": _said(_GATEWAY, "kannel"),
}
_INGESTED = {
    "id": _said(_ID, "m-1"),
    "type": _type(_TYPE),
    "number": _said(f"{_HANDSET} A leading plus is dropped.", "15556667777", **_NUMBER),
    "body": _said("The whole text.", "JOIN"),
    "date": _said(
        f"When it was sent or received. Default: now. {_DATE_GIVEN}",
        "2014-12-05T10:00:00",
        pattern=instant.DATE_PATTERN,
    ),
    "deliveryStatus": {
        "anyOf": [{"$ref": "#/components/schemas/DeliveryStatus"}, {"type": "null"}],
        "description": "Default: Sent for an MT, Received for an MO.",
    },
    "network": _said(_NETWORK, "T-Mobile"),
    "shortCode": _said(_SHORT_CODE, "20880"),
    "gateway": _said(_GATEWAY, "kannel"),
    "segments": _said(_SEGMENTS, 1),
    "errorCode": _said(_ERROR_CODE, "30003"),
    "updatedAt": _said("Accepted in exported messages, and ignored: the ledger sets it."),
}
_RECEIPT = {
    "id": _said("The identifier of the message.", "m-1"),
    "deliveryStatus": _status(
        "The message has the highest status that was reported, in any order."
    ),
    "date": _said(
        f"When it happened. {_DATE_GIVEN}",
        "2014-12-05T10:00:04",
        pattern=instant.DATE_PATTERN,
    ),
    "number": _said("If present, the receipt matches only a message of this number.", **_NUMBER),
    "network": _said(f"{_NETWORK} It becomes the network of the message.", "T-Mobile"),
    "gateway": _INGESTED["gateway"],
    "errorCode": _INGESTED["errorCode"],
    "text": _said(
        "The gateway's own text, for the history of the message.", "stat:DELIVRD err:000"
    ),
}

_CHANGED = {
    "change": _said(
        "The number of the message's latest change in its program. It only grows.", 48211
    ),
    "position": _said(
        "Place in the feed, accepted by `after`, for tools that store numbers. Exact as a double."
    ),
    "erased": _said("The message was erased. The entry has no other fields of it.", const=True),
    "history": _said(
        "Receipts and remarks after the message was stored, in the order of `change`."
    ),
    **{name: facts for name, facts in _EXPORTED.items() if name not in {"type", "deliveryStatus"}},
    "type": _type(_TYPE),
    "deliveryStatus": _status(_STATUS),
}
_SAID = {
    "change": _said("The number of this change in the program."),
    "deliveryStatus": {
        "anyOf": [{"$ref": "#/components/schemas/DeliveryStatus"}, {"type": "null"}],
        "description": "Null for a remark.",
    },
    "date": _said("When it happened, according to the gateway. Null if the gateway gave no date."),
    "recordedAt": _said(
        "When the ledger recorded it: GMT, six digits.", pattern=instant.MICROS_PATTERN
    ),
    "network": _said(_NETWORK, "T-Mobile"),
    "gateway": _said(_GATEWAY, "kannel"),
    "errorCode": _said(_ERROR_CODE, "30003"),
    "text": _said("The gateway's own text.", "stat:DELIVRD err:000"),
}

# By schema, then by field, in their wire names.
FIELDS: dict[str, dict[str, Facts]] = {
    "Message": _EXPORTED,
    "Change": _CHANGED,
    "HistoryEntry": _SAID,
    "Counted": {
        "period": _said(
            "The first second of the day or hour: GMT, no zone.",
            "2014-12-05T00:00:00",
            pattern=instant.SECONDS_PATTERN,
        ),
        "type": _type(_TYPE),
        "deliveryStatus": _status(_STATUS),
        "messages": _said("The number of messages.", 1205),
        "segments": _said("The number of parts of the messages for which it is known.", 1310),
        "segmentsUnknown": _said(
            "The number of messages for which the number of parts is not known.", 0
        ),
    },
    "MessageRow": _INGESTED,
    "ReceiptRow": _RECEIPT,
    "Rejection": {
        "index": _said("The row's place in the body, from 0.", 1),
        "field": _said("The invalid field. Null if the whole row is invalid.", "number"),
        "code": _said("Stable, for programs.", *REJECTIONS),
        "message": _said("Why, for people.", "the number must be 3 to 20 digits"),
    },
    "Problem": {
        "code": _said("Stable, documented, never reused."),
        "message": _said("What is wrong, for people.", "startDate is after endDate."),
        "parameter": _said("Which parameter it concerns.", "startDate"),
        "hint": _said("What to do about it.", "Did you mean messageType?"),
    },
    "PageMeta": {
        "generalErrors": _said("Empty unless the response is an error."),
        "nextPageUrl": _said(
            "The next page, with all filters. Null after the last page.", format="uri"
        ),
        "changes": _said(
            "On a first page with `include=id`: the value of `after` to continue with."
        ),
    },
    "ChangesMeta": {
        "generalErrors": _said("Empty unless the response is an error."),
        "nextPageUrl": _said("The next page. Null after the last page.", format="uri"),
        "nextToken": _said("Store it with the data, and send it as `after` next time."),
    },
}
