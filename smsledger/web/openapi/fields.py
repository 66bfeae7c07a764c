"""What each field means, for readers: what the structs of the wire do not say themselves.

The sentences and the patterns are laid over the JSON Schemas that msgspec makes of the structs.
"""

from typing import Any

from smsledger import instant

Facts = dict[str, Any]

_NUMBER = {"pattern": r"^\+?[0-9]{3,20}$", "minimum": 100}

_ID = "The caller's identifier of the message, unique within its program."
_TYPE = "MT was sent to a handset, MO came from one."
_STATUS = "Sent, Error, Undelivered, Delivered of an MT; Processing, Received of an MO."
_HANDSET = "The handset's number: country code and national number, digits only."
_NETWORK = "The carrier's name; null where it is not known."
_SHORT_CODE = "The number that the handset wrote to, or was written to from."
_SEGMENTS = "In how many parts the message travelled."
_GATEWAY = "Which gateway carried it."
_ERROR_CODE = "The gateway's or the carrier's code for what went wrong."
_DATE_GIVEN = "GMT unless it ends in an offset; a fraction counts to six digits."


def _said(sentence: str, *examples: object, **further: Any) -> Facts:
    return {"description": sentence, **further, **({"examples": [*examples]} if examples else {})}


def _type(sentence: str) -> Facts:
    return {"$ref": "#/components/schemas/MessageType", "description": sentence}


def _status(sentence: str) -> Facts:
    return {"$ref": "#/components/schemas/DeliveryStatus", "description": sentence}


# Why a row is rejected: `tests/web/test_openapi_answers.py` provokes each.
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
        f"When it was sent or received; absent: now. {_DATE_GIVEN}",
        "2014-12-05T10:00:00",
        pattern=instant.DATE_PATTERN,
    ),
    "deliveryStatus": {
        "anyOf": [{"$ref": "#/components/schemas/DeliveryStatus"}, {"type": "null"}],
        "description": "Absent: Sent of an MT, Received of an MO.",
    },
    "network": _said(_NETWORK, "T-Mobile"),
    "shortCode": _said(_SHORT_CODE, "20880"),
    "gateway": _said(_GATEWAY, "kannel"),
    "segments": _said(_SEGMENTS, 1),
    "errorCode": _said(_ERROR_CODE, "30003"),
    "updatedAt": _said("Of an exported message; ignored: it is the ledger's own."),
}
_RECEIPT = {
    "id": _said("The identifier of the message.", "m-1"),
    "deliveryStatus": _status("The highest that was said of a message wins, in any order."),
    "date": _said(
        f"When it happened. {_DATE_GIVEN}",
        "2014-12-05T10:00:04",
        pattern=instant.DATE_PATTERN,
    ),
    "number": _said("Given, the receipt matches only a message of this number.", **_NUMBER),
    "network": _said(f"{_NETWORK} It becomes the message's.", "T-Mobile"),
    "gateway": _INGESTED["gateway"],
    "errorCode": _INGESTED["errorCode"],
    "text": _said("What the gateway said, for the message's history.", "stat:DELIVRD err:000"),
}

_CHANGED = {
    "change": _said("The program's number of the message's latest change; it only grows.", 48211),
    "position": _said(
        "A place in the feed that `after` takes, for tools that keep numbers; exact as a double."
    ),
    "erased": _said("The message is there no more, and has no other fields.", const=True),
    "history": _said("All that was said about it after its birth, in the order of `change`."),
    **{name: facts for name, facts in _EXPORTED.items() if name not in {"type", "deliveryStatus"}},
    "type": _type(_TYPE),
    "deliveryStatus": _status(_STATUS),
}
_SAID = {
    "change": _said("The program's number of what was said."),
    "deliveryStatus": {
        "anyOf": [{"$ref": "#/components/schemas/DeliveryStatus"}, {"type": "null"}],
        "description": "Null: it was a remark.",
    },
    "date": _said("When it happened, as the gateway said; null: it did not say."),
    "recordedAt": _said(
        "When the ledger heard of it: GMT, six digits.", pattern=instant.MICROS_PATTERN
    ),
    "network": _said(_NETWORK, "T-Mobile"),
    "gateway": _said(_GATEWAY, "kannel"),
    "errorCode": _said(_ERROR_CODE, "30003"),
    "text": _said("What the gateway said.", "stat:DELIVRD err:000"),
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
        "messages": _said("How many there are.", 1205),
        "segments": _said("How many parts those travelled in whose parts are known.", 1310),
        "segmentsUnknown": _said("How many of the messages have not said their parts.", 0),
    },
    "MessageRow": _INGESTED,
    "ReceiptRow": _RECEIPT,
    "Rejection": {
        "index": _said("The row's place in the body, from 0.", 1),
        "field": _said("What is wrong with it; null: the whole row.", "number"),
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
        "generalErrors": _said("Empty in an answer that is none of an error."),
        "nextPageUrl": _said("The next page, filters and all; null after the last.", format="uri"),
        "changes": _said("On a first page with `include=id`: what `after` takes to go on."),
    },
    "ChangesMeta": {
        "generalErrors": _said("Empty in an answer that is none of an error."),
        "nextPageUrl": _said("The next page; null when all has been read.", format="uri"),
        "nextToken": _said("Keep it with the data: what `after` takes next time."),
    },
}
