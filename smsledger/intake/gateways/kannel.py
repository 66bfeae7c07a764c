"""Kannel, the open-source SMS gateway.

Source: the user's guide of Kannel 1.4.5 (www.kannel.org; Debian's package kannel-docs), "Parameters
(Escape Codes)", "X-Kannel Post Headers" and "SMS Push"; and what Kannel 1.4.5 was seen to send:
`tests/intake/gateways/kannel_requests` holds those requests byte for byte, `docs/how-to/kannel.md`
the configuration that makes Kannel send them.

    get-url    /mo?id=%I&from=%p&to=%P&text=%b&coding=%c&charset=%C&time=%T&udh=%u
    post-url   /mo?id=%I&udh=%u     with the text as the body, and X-Kannel-* headers
    dlr-url    /receipt?program=…&id=…&status=%d&number=%p&text=%A&time=%T&smsc=%i&smsc_id=%F

Kannel signs nothing. `web/api/gateways.py` checks the credential in its URL before this file parses
the request.
"""

import hashlib
import re
from collections.abc import Mapping

from smsledger.intake.gateways import form
from smsledger.intake.gateways.arrival import Arrival, GatewayAnswer, GatewayRequest
from smsledger.ledger import instant
from smsledger.ledger.model import MAX_ID, DeliveryStatus, Receipt

GATEWAY = "kannel"

# --- Fields -------------------------------------------------------------------------------------

# post-url puts into headers what get-url puts into the query string.
_HEADERS = {
    "from": b"x-kannel-from",
    "to": b"x-kannel-to",
    "coding": b"x-kannel-coding",
    "time": b"x-kannel-time",
}
_CHARSET = re.compile(rb'charset="?([\w-]+)', re.IGNORECASE)
# What %C says, to the codec that reads it. Anything else is read as UTF-8: `8-BIT` has no
# character set, and U+FFFD where a byte is no character shows that better than a guess.
_CODECS = {
    "UTF-16BE": "utf-16-be",
    "ISO-8859-1": "iso-8859-1",
    "ISO-8859-15": "iso-8859-15",
    "WINDOWS-1252": "windows-1252",
    "US-ASCII": "ascii",
}
_CODEC_OF_CODING = {"2": "utf-16-be"}
_DIGITS = re.compile(r"[0-9]+")
_PLUS_AND_DIGITS = re.compile(r"\+[0-9]+")
# Information elements of a user data header (3GPP TS 23.040): identifier and length; the last two
# bytes are how many parts there are, and which this one is.
_CONCATENATION = ((0x00, 3), (0x08, 4))
_PROGRAM = re.compile(r"[0-9]{1,18}")
# Up to the year 5138: a time in milliseconds is longer, and no time at all.
_SECONDS = re.compile(r"[0-9]{1,11}")

# --- Status table -------------------------------------------------------------------------------

# %d is a bit mask; of the bits that are set, the first of this table decides. 34 (expired) holds
# the bit of a failure. 4 (buffered) is no status of ours: it is history only.
_STATUSES = (
    (1, DeliveryStatus.DELIVERED),
    (2, DeliveryStatus.UNDELIVERED),
    (16, DeliveryStatus.ERROR),
    (8, DeliveryStatus.SENT),
)
_MASK = re.compile(r"[0-9]{1,3}")
_NACK = re.compile(r"NACK/([^/]+)")
# Of an SMPP receipt: `… stat:UNDELIV err:027 text:…`, where the text is how the message begins.
_ERR = re.compile(r"\berr:\s*(\S+)", re.IGNORECASE)
_MESSAGE_TEXT = re.compile(r"\btext:.*", re.IGNORECASE | re.DOTALL)

# --- Parse --------------------------------------------------------------------------------------


def parse_mo(request: GatewayRequest) -> Arrival:
    """The message of a get-url or a post-url; nothing in it is ever refused.

    Returns:
        The arrival. `id` is Kannel's (%I), which stays the same when Kannel tries again; without
        one, or with one that is too long, it is derived from the request, and so stays the same
        too. `raw` holds the body's bytes where some of them are no text. `remark` holds what was
        claimed and is no program or no time, and says which part of a longer message this is, if
        it is one.
    """
    fields = _fields(request)
    said = _texts(fields)
    program_id, bad_program = _program(said)
    date, bad_time = _date(said)
    part = _part(fields.get("udh", b""))
    body, raw = _body(fields["text"], said)
    return Arrival(
        id=_id(said.get("id", ""), request),
        gateway=GATEWAY,
        sender=_number(said.get("from", "")),
        body=body,
        program_id=program_id,
        short_code=_number(said.get("to", "")) or None,
        date=date,
        network=said.get("network") or None,
        remark="; ".join(filter(None, (bad_program, bad_time, part))) or None,
        raw=raw,
    )


def parse_receipt(request: GatewayRequest) -> tuple[int | None, Receipt]:
    """The program that a dlr-url names, None if it names none, and what the receipt says.

    Returns:
        The receipt's `id` is the sender's, `ID/number` under `each=1`; where the URL has none it
        is derived from the request, and belongs to no message. Its status is None where %d says
        nothing that is a status of ours: for the history only. `raw` holds the bytes of %A where
        some are no text.
    """
    fields = form.fields(request.query)
    said = _texts(fields)
    program_id, bad_program = _program(said)
    date, bad_time = _date(said)
    number = _number(said.get("number", ""))
    text, raw = _body(fields.get("text", b""), {})
    receipt = Receipt(
        id=_id(_receipt_id(said, number), request),
        delivery_status=_status(said.get("status", "")),
        date=date,
        number=number if _DIGITS.fullmatch(number) else None,
        network=said.get("network") or None,
        gateway=GATEWAY,
        error_code=_error_code(text),
        text=" ".join(filter(None, (text, _aside(said), bad_program, bad_time))) or None,
        raw=raw,
    )
    return program_id, receipt


def _fields(request: GatewayRequest) -> dict[str, bytes]:
    """The fields of a get-url, or those of a post-url under the names they have in a get-url."""
    fields = form.fields(request.query)
    if "text" in fields:
        return fields
    for name, header in _HEADERS.items():
        if header in request.headers:
            fields.setdefault(name, request.headers[header])
    charset = _CHARSET.search(request.headers.get(b"content-type", b""))
    if charset is not None:
        fields.setdefault("charset", charset[1])
    return {**fields, "text": request.body}


def _texts(fields: Mapping[str, bytes]) -> dict[str, str]:
    return {name: form.text(value) for name, value in fields.items()}


def _body(value: bytes, said: Mapping[str, str]) -> tuple[str, bytes | None]:
    """The text, and its bytes where the text does not hold them all."""
    by_coding = _CODEC_OF_CODING.get(said.get("coding", ""), "utf-8")
    codec = _CODECS.get(said.get("charset", "").upper(), by_coding)
    body = form.text(value, codec)
    is_whole = body.encode(codec, "replace") == value
    return body, None if is_whole else value


def _number(said: str) -> str:
    """The number without its plus; a sender's name as it is, even one that begins with a plus."""
    return said[1:] if _PLUS_AND_DIGITS.fullmatch(said) else said


def _program(said: Mapping[str, str]) -> tuple[int | None, str | None]:
    claim = said.get("program", "")
    if _PROGRAM.fullmatch(claim):
        return int(claim), None
    return None, f"program '{claim}' is no program" if claim else None


def _date(said: Mapping[str, str]) -> tuple[int | None, str | None]:
    """The instant of %T (epoch seconds) or of %t and X-Kannel-Time (`2014-12-05 10:00:00`, GMT)."""
    claim = said.get("time", "")
    if _SECONDS.fullmatch(claim):
        return int(claim) * instant.SECOND, None
    try:
        return instant.parse(claim.replace(" ", "T", 1)).first, None
    except ValueError:
        return None, f"time '{claim}' is no time" if claim else None


def _part(header: bytes) -> str | None:
    """Which part this is, by its user data header; Kannel joins parts, unless one never came."""
    elements = header[1:]
    while len(elements) > 1:
        kind, length = elements[:2]
        element, elements = elements[2 : 2 + length], elements[2 + length :]
        if (kind, len(element)) in _CONCATENATION:
            return f"part {element[-1]} of {element[-2]}"
    return None


def _id(said: str, request: GatewayRequest) -> str:
    """The id as it was said; none, or one longer than any caller's can be, is derived."""
    return said if 0 < len(said) <= MAX_ID else _derived_id(request)


def _derived_id(request: GatewayRequest) -> str:
    """The same for the same request; X-Kannel-Time is in it, HTTP's own headers are not."""
    headers = (request.headers.get(header, b"") for header in _HEADERS.values())
    seen = b"\0".join((request.query, request.body, *headers))
    return f"{GATEWAY}-{hashlib.sha256(seen).hexdigest()[:32]}"


def _receipt_id(said: Mapping[str, str], number: str) -> str:
    message_id = said.get("id", "")
    return f"{message_id}/{number}" if message_id and said.get("each") == "1" else message_id


def _status(mask: str) -> DeliveryStatus | None:
    bits = int(mask) if _MASK.fullmatch(mask) else 0
    return next((status for bit, status in _STATUSES if bits & bit), None)


def _error_code(text: str) -> str | None:
    """The code in `NACK/0x0000000b/Invalid Destination Address` or `… err:027 …`, if it is one."""
    found = _NACK.match(text) or _ERR.search(_MESSAGE_TEXT.sub("", text))
    code = found[1] if found else ""
    return code if code.strip("0") else None


def _aside(said: Mapping[str, str]) -> str:
    """What stands beside the text: the mask, over which SMSC, and its own name of the message."""
    names = ((name, said.get(name)) for name in ("status", "smsc", "smsc_id"))
    return " ".join(f"{name}:{value}" for name, value in names if value)


# --- Acknowledgement ----------------------------------------------------------------------------

# 200 and 202 are the only statuses that Kannel takes for an answer: 204 is a failure to it, and
# it tries again. An sms-service sends the answer's body to the handset, and a warning where the
# body is empty or of a type it does not know, unless max-messages = 0; an empty text/plain is
# what omit-empty silences as well.
ACKNOWLEDGEMENT = GatewayAnswer(200, b"text/plain", b"")
