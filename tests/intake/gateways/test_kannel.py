"""Kannel's requests, those it was seen to make and those it must not be able to break us with."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsledger.intake.gateways.arrival import GatewayRequest
from smsledger.intake.gateways.kannel import ACKNOWLEDGEMENT, parse_mo, parse_receipt
from smsledger.ledger import instant
from smsledger.ledger.model import DeliveryStatus
from tests.intake.gateways.captured import captured

FFFD = "\N{REPLACEMENT CHARACTER}"
MO_FIELDS = ["id", "from", "to", "text", "coding", "charset", "time", "udh", "program", "network"]
RECEIPT_FIELDS = ["number", "status", "each", "smsc", "smsc_id"]
RAW = b"bad \xff\x00 nul"
SMPP = "sub:001 dlvrd:001 submit date:2611220455 done date:2611220456"


def mo(query: bytes = b"", headers: dict[bytes, bytes] | None = None, **fields: Any) -> Any:
    """An MO that Kannel was not seen to send."""
    plausible = {"id": "k-1", "from": "15556667777", "to": "20880"}
    query = query or urlencode({**plausible, **fields}).encode()
    return parse_mo(GatewayRequest(query=query, headers=headers or {}, body=b""))


def receipt(**fields: Any) -> Any:
    """A receipt that Kannel was not seen to send, without its program."""
    query = urlencode({"program": "121811", "id": "m-1", **fields}).encode()
    return parse_receipt(GatewayRequest(query=query, headers={}, body=b""))[1]


@pytest.mark.parametrize(
    ("name", "what_matters"),
    [
        ("mo", {"sender": "15556667777", "body": "JOIN  two  spaces & plus+ %41"}),
        ("mo", {"id": "cd005d98-d1b2-4faf-b003-7eb629ca66c2", "gateway": "kannel"}),
        ("mo", {"short_code": "20880", "program_id": None, "date": 1795324299 * instant.SECOND}),
        ("mo_of_a_name", {"sender": "MYBANK", "body": "hello"}),
        ("mo_empty", {"body": "", "raw": None}),
        ("mo_emoji", {"body": "Hi 😀👍", "raw": None, "remark": None}),
        ("mo_8_bit", {"body": f"bad {FFFD}{FFFD} nul", "raw": RAW}),
        ("mo_of_three_parts", {"body": "A" * 153 + "B" * 153 + "C" * 153, "remark": None}),
        ("mo_part_without_fellows", {"body": "B" * 153, "remark": "part 2 of 3"}),
        ("mo_smpp", {"body": "$@ € gsm", "sender": "15556667777", "short_code": "20880"}),
        ("mo_smpp_latin_1", {"body": "café", "raw": None}),
        ("mo_smpp_half_emoji", {"body": f"h{FFFD}", "raw": b"\x00h\xd8\x3d"}),
        ("mo_smpp_half_character", {"body": f"h{FFFD}", "raw": b"\x00h\xd8"}),
        ("mo_posted", {"body": "JOIN  two  spaces", "sender": "15556667777"}),
        ("mo_posted", {"id": "e8c9830e-9d6e-435b-83a9-d9abe9ac7d76", "short_code": "20880"}),
        ("mo_posted", {"date": 1795324310 * instant.SECOND, "remark": None}),
        ("mo_posted_emoji", {"body": "Hi 😀👍", "raw": None}),
        ("mo_posted_8_bit", {"body": f"bad {FFFD}{FFFD} nul", "raw": RAW}),
    ],
)
def test_an_mo_of_the_real_kannel_is_read(name: str, what_matters: dict[str, Any]) -> None:
    arrival = parse_mo(captured(name))
    assert {field: getattr(arrival, field) for field in what_matters} == what_matters


@pytest.mark.parametrize(
    ("name", "status", "error_code", "text"),
    [
        ("accepted", DeliveryStatus.SENT, None, "ACK/ status:8 smsc:FAKE"),
        ("delivered", DeliveryStatus.DELIVERED, None, "status:1 smsc:FAKE smsc_id:36e18704-"),
        ("smpp_accepted", DeliveryStatus.SENT, None, "ACK/ status:8 smsc:OPERATOR smsc_id:13"),
        ("smpp_buffered", None, None, f"id:13 {SMPP} stat:ACCEPTD err:000 text:hello status:4"),
        ("smpp_delivered", DeliveryStatus.DELIVERED, None, f"id:5 {SMPP} stat:DELIVRD err:000"),
        ("smpp_undelivered", DeliveryStatus.UNDELIVERED, "027", f"id:7 {SMPP} stat:UNDELIV"),
        ("smpp_expired", DeliveryStatus.UNDELIVERED, "069", f"id:9 {SMPP} stat:EXPIRED err:069"),
        ("smpp_refused", DeliveryStatus.ERROR, "0x0000000b", "NACK/0x0000000b/Invalid Dest"),
    ],
)
def test_a_receipt_of_the_real_kannel_is_read(
    name: str, status: DeliveryStatus | None, error_code: str | None, text: str
) -> None:
    program_id, said = parse_receipt(captured(f"receipt_{name}"))
    assert (program_id, said.gateway) == (121811, "kannel")
    assert (said.delivery_status, said.error_code) == (status, error_code)
    assert (said.text or "").startswith(text)


def test_a_receipt_names_the_senders_id_the_number_and_the_time() -> None:
    _, said = parse_receipt(captured("receipt_accepted"))
    assert (said.id, said.number) == ("m-1", "15556667777")
    assert said.date == 1795324319 * instant.SECOND


def test_of_several_recipients_each_has_its_own_id_without_the_plus() -> None:
    _, said = parse_receipt(captured("receipt_each_delivered"))
    assert (said.id, said.number) == ("m-2/15556667777", "15556667777")


@pytest.mark.parametrize(
    ("coding", "charset", "text", "body", "is_whole"),
    [
        ("0", "UTF-8", b"caf\xc3\xa9", "café", True),
        ("-1", "", b"plain", "plain", True),
        ("0", "utf-16be", b"\x00h\x00i", "hi", True),
        ("2", "", "😀".encode("utf-16-be"), "😀", True),
        ("0", "WINDOWS-1252", b"\x80 5", "€ 5", True),
        ("0", "ISO-8859-1", b"caf\xe9", "café", True),
        ("1", "8-BIT", "über".encode(), "über", True),
        ("1", "8-BIT", b"\x01\xff", f"\x01{FFFD}", False),
        ("0", "UTF-8", b"caf\xe9", f"caf{FFFD}", False),
        ("0", "UTF-8", b"a\x00b", f"a{FFFD}b", False),
        ("0", "UTF-8", b"\xed\xa0\xbd", FFFD * 3, False),
        ("2", "UTF-16BE", b"\xd8\x3d\x00h", f"{FFFD}h", False),
        ("2", "UTF-16BE", b"\x00\x00", FFFD, False),
        ("2", "UTF-16BE", b"\xff\xfd", FFFD, True),
        ("0", "zlib", b"x", "x", True),
        ("x", "no such\0charset", b"x", "x", True),
    ],
)
def test_a_body_is_text_whatever_its_bytes_and_what_is_no_text_is_kept_raw(
    coding: str, charset: str, text: bytes, body: str, is_whole: bool
) -> None:
    arrival = mo(coding=coding, charset=charset, text=text)
    assert arrival.body == body
    assert arrival.raw == (None if is_whole else text)


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("+15556667777", "15556667777"),
        ("15556667777", "15556667777"),
        ("MYBANK", "MYBANK"),
        ("+1-800 GO", "+1-800 GO"),
        ("", ""),
    ],
)
def test_a_sender_loses_its_plus_only_before_digits(sender: str, expected: str) -> None:
    fields: dict[str, Any] = {"from": sender}
    assert mo(**fields).sender == expected


@pytest.mark.parametrize(
    ("time", "date", "remark"),
    [
        ("1417773600", "2014-12-05T10:00:00", None),
        ("0", "1970-01-01T00:00:00", None),
        ("2014-12-05 10:00:00", "2014-12-05T10:00:00", None),
        ("", None, None),
        ("yesterday", None, "time 'yesterday' is no time"),
        ("-1", None, "time '-1' is no time"),
        ("1417773600000", None, "time '1417773600000' is no time"),
        ("٣", None, "time '٣' is no time"),
    ],
)
def test_a_time_is_passed_as_claimed_and_what_is_none_is_remarked(
    time: str, date: str | None, remark: str | None
) -> None:
    arrival = mo(time=time)
    assert arrival.date == (date and instant.parse(date).first)
    assert arrival.remark == remark


@pytest.mark.parametrize(
    ("program", "program_id", "remark"),
    [
        ("121811", 121811, None),
        ("", None, None),
        ("abc", None, "program 'abc' is no program"),
        ("-1", None, "program '-1' is no program"),
        ("1" * 19, None, f"program '{'1' * 19}' is no program"),
    ],
)
def test_a_program_that_is_none_is_remarked_and_the_message_taken(
    program: str, program_id: int | None, remark: str | None
) -> None:
    arrival = mo(program=program)
    assert (arrival.program_id, arrival.remark) == (program_id, remark)


def test_a_network_is_taken_where_the_url_names_one() -> None:
    assert mo(network="T-Mobile").network == "T-Mobile"
    assert receipt(network="T-Mobile").network == "T-Mobile"
    assert mo(network="").network is None


def test_without_kannels_id_a_retry_has_the_same_id_and_another_message_another() -> None:
    first, again, other = mo(b"from=1&text=a"), mo(b"from=1&text=a"), mo(b"from=1&text=b")
    assert first.id == again.id != other.id
    assert first.id.startswith("kannel-")
    assert mo(b"id=&from=1&text=a").id.startswith("kannel-")


def test_without_kannels_id_a_posts_own_headers_count_and_those_of_http_do_not() -> None:
    posted = {b"x-kannel-from": b"1", b"date": b"now"}
    same = mo(b"x", {**posted, b"date": b"later"})
    other = mo(b"x", {**posted, b"x-kannel-from": b"2"})
    assert mo(b"x", posted).id == same.id != other.id


@pytest.mark.parametrize(
    ("mask", "status"),
    [
        ("1", DeliveryStatus.DELIVERED),
        ("2", DeliveryStatus.UNDELIVERED),
        ("34", DeliveryStatus.UNDELIVERED),
        ("16", DeliveryStatus.ERROR),
        ("8", DeliveryStatus.SENT),
        ("4", None),
        ("64", None),
        ("0", None),
        ("", None),
        ("-1", None),
        ("delivered", None),
        ("99999999999999999999", None),
    ],
)
def test_a_mask_is_tested_bit_by_bit_and_an_unknown_one_is_history(
    mask: str, status: DeliveryStatus | None
) -> None:
    said = receipt(status=mask, text="whatever it was")
    assert said.delivery_status is status
    assert said.text.startswith("whatever it was")


@pytest.mark.parametrize(
    ("text", "error_code"),
    [
        ("NACK/0x00000045/Submit failed", "0x00000045"),
        ("NACK/Retries Exceeded", "Retries Exceeded"),
        ("NACK/", None),
        ("ACK/", None),
        ("id:1 stat:UNDELIV err:0FF text:hi", "0FF"),
        ("id:1 stat:DELIVRD err:000 text:hi", None),
        ("id:1 stat:DELIVRD text:my err: 7", None),
        ("", None),
    ],
)
def test_an_error_code_is_found_where_gateways_put_it(text: str, error_code: str | None) -> None:
    assert receipt(status="2", text=text).error_code == error_code


def test_a_receipts_number_is_passed_only_if_it_is_digits() -> None:
    assert receipt(number="+15556667777").number == "15556667777"
    assert receipt(number="MYBANK").number is None
    assert receipt().number is None


def test_a_receipt_without_an_id_has_one_of_its_own_even_for_several_recipients() -> None:
    said = {"id": "", "number": "15556667777", "each": "1"}
    assert receipt(**said).id.startswith("kannel-")
    assert receipt(**said).id == receipt(**said).id
    assert receipt(**said).id != receipt(**said, status="1").id


def test_a_receipt_that_says_nothing_has_no_text() -> None:
    said = receipt()
    assert (said.text, said.delivery_status, said.error_code) == (None, None, None)


def test_a_receipt_keeps_the_bytes_that_are_no_text() -> None:
    said = receipt(text=b"stat:DELIVRD text:\xff")
    assert said.text == f"stat:DELIVRD text:{FFFD}"
    assert said.raw == b"stat:DELIVRD text:\xff"
    assert receipt(text="stat:DELIVRD").raw is None


def test_an_id_of_any_characters_comes_back_as_it_was() -> None:
    assert receipt(id="é/x y%41&z ").id == "é/x y%41&z "


@given(
    st.dictionaries(st.sampled_from(MO_FIELDS + RECEIPT_FIELDS), st.binary()),
    st.binary(),
    st.binary(),
)
def test_no_request_whatever_is_refused_and_all_its_text_can_be_stored(
    fields: dict[str, bytes], header: bytes, body: bytes
) -> None:
    headers = {b"x-kannel-from": header, b"x-kannel-time": header, b"content-type": header}
    request = GatewayRequest(query=urlencode(fields).encode(), headers=headers, body=body)
    arrival, (_, said) = parse_mo(request), parse_receipt(request)
    texts = [arrival.id, arrival.sender, arrival.body, arrival.remark, said.id, said.text]
    stored = [text.encode() for text in texts if text is not None]
    assert not any(b"\0" in text for text in stored)


@given(st.text(), st.sampled_from(["utf-8", "utf-16-be"]))
def test_every_text_comes_through_in_both_alphabets(text: str, codec: str) -> None:
    text = text.encode("utf-8", "ignore").decode().replace("\0", "")
    coding = {"utf-8": "0", "utf-16-be": "2"}[codec]
    arrival = mo(coding=coding, text=text.encode(codec))
    assert (arrival.body, arrival.raw) == (text, None)


def test_the_acknowledgement_is_one_of_the_two_that_kannel_takes_and_says_nothing() -> None:
    assert (ACKNOWLEDGEMENT.status, ACKNOWLEDGEMENT.body) == (200, b"")
    assert ACKNOWLEDGEMENT.content_type == b"text/plain"
