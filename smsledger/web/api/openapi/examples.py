"""The examples of the document; the tests hold each to its schema, and send those that are sent."""

from typing import Any

PROGRAM = 121811
SHORT_CODE = "20880"

_META: dict[str, Any] = {"generalErrors": [], "nextPageUrl": None}
_NEXT = (
    f"https://sms.example.com/api/messages/program/{PROGRAM}"
    "?startDate=2014-12-01T00:00:00.000000&endDate=2014-12-31T23:59:59.999999"
    "&pageSize=1&page=2&cursor=AbvzoMg8n5WXoWUHCQECA5SiTVSRpUVycm9y"
)

PAGE: dict[str, Any] = {
    "data": {
        "campaignName": "Default Campaign",
        "programName": "Summer Sale",
        "programType": "Text to Join",
        "messages": [
            {
                "type": "MO",
                "deliveryStatus": "Received",
                "number": "15556667777",
                "body": "JOIN",
                "date": "2014-12-05T10:00:00",
                "network": "T-Mobile",
            }
        ],
    },
    "meta": {"generalErrors": [], "nextPageUrl": _NEXT},
}

CHANGES: dict[str, Any] = {
    "data": {
        "messages": [
            {
                "id": "m-2",
                "change": 48211,
                "type": "MT",
                "deliveryStatus": "Delivered",
                "number": "15556667777",
                "body": "Welcome!",
                "date": "2014-12-05T10:00:01",
                "network": "T-Mobile",
            },
            {"id": "m-3", "change": 48212, "erased": True},
        ]
    },
    "meta": {**_META, "nextToken": "gWXeovN8U5WwZTVmMGMxYTFiMTBiNDdmYc4AAdvTAAfPAAZhHHAsr2M"},
}

OPT_OUTS = {
    "ndjson": '{"number":"15556667777","shortCode":"20880","word":"STOP",'
    '"date":"2014-12-05T10:00:00","programId":121811,"messageId":"mo-1"}\n',
    "csv": "number,shortCode,word,date,programId,messageId\r\n"
    "15556667777,20880,STOP,2014-12-05T10:00:00,121811,mo-1\r\n",
}

COUNTS: dict[str, Any] = {
    "data": {
        "campaignName": "Default Campaign",
        "programName": "Summer Sale",
        "programType": "Text to Join",
        "counts": [
            {
                "period": "2014-12-05T00:00:00",
                "type": "MT",
                "deliveryStatus": "Delivered",
                "messages": 1205,
                "segments": 1310,
                "segmentsUnknown": 0,
            }
        ],
    },
    "meta": _META,
}

MESSAGES: list[dict[str, Any]] = [
    {"id": "m-1", "type": "MO", "number": "15556667777", "body": "JOIN", "network": "T-Mobile"},
    {"id": "m-2", "type": "MT", "number": "15556667777", "body": "Welcome!", "segments": 1},
]

RECEIPTS: list[dict[str, Any]] = [
    {"id": "m-2", "deliveryStatus": "Delivered", "network": "T-Mobile", "text": "stat:DELIVRD"}
]

REPORT: dict[str, Any] = {
    "data": {
        "accepted": 1,
        "duplicates": 0,
        "rejected": 1,
        "rejections": [
            {
                "index": 1,
                "field": "number",
                "code": "invalid_number",
                "message": "the number must be 3 to 20 digits",
            }
        ],
    },
    "meta": _META,
}


def status(word: str) -> dict[str, Any]:
    """What /healthz and /readyz answer."""
    return {"data": {"status": word}, "meta": _META}
