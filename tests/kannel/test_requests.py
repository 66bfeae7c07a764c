"""What the real Kannel sends, and what it does with an answer.

`tests/intake/gateways/kannel_requests` was captured here; DESIGN and how-to rest on these findings.
"""

import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smsledger.intake.gateways.kannel import parse_mo, parse_receipt
from smsledger.ledger.model import DeliveryStatus
from tests.kannel.capture import CapturingServer, answer
from tests.kannel.rig import BEARERBOX, SMSBOX, Handsets, Kannel, receipt_url, replaced, running
from tests.kannel.smsc import HAS_HEADER, LATIN_1, UCS2, OperatorSmsc, report
from tests.kannel.waiting import until

# Longer than http-queue-delay is here: what Kannel has not repeated by then it will not repeat.
LULL = 2.5
LONG = "A" * 153 + "B" * 153 + "C" * 153


def statuses(capturing: CapturingServer, message_id: str) -> list[Any]:
    """What the receipts of a message say, in order of rank."""
    requests = capturing.holding(f"&id={message_id}&")
    said = [parse_receipt(request.request)[1].delivery_status for request in requests]
    return sorted(said, key=str)


def test_a_text_arrives_with_every_space_and_sign(
    capturing: CapturingServer, handsets: Handsets
) -> None:
    handsets.text("+15556667777", "20880", "JOIN  two  spaces & plus+ %41")
    until(lambda: capturing.captured)
    arrival = parse_mo(capturing.captured[0].request)
    assert arrival.body == "JOIN  two  spaces & plus+ %41"
    assert (arrival.sender, arrival.short_code) == ("15556667777", "20880")


def test_emoji_arrive_as_utf_16(capturing: CapturingServer, handsets: Handsets) -> None:
    handsets.unicode("15556667777", "20880", "Hi 😀👍")
    until(lambda: capturing.holding("charset=UTF-16BE"))
    assert parse_mo(capturing.captured[0].request).body == "Hi 😀👍"


def test_the_parts_of_a_long_message_arrive_as_one(
    capturing: CapturingServer, handsets: Handsets
) -> None:
    handsets.long("15556667777", "20880", LONG)
    until(lambda: capturing.captured)
    assert [parse_mo(each.request).body for each in capturing.captured] == [LONG]


def test_parts_without_their_fellows_arrive_alone_and_say_so(
    capturing: CapturingServer, handsets: Handsets
) -> None:
    handsets.long("15556667777", "20880", LONG, only=(1, 3))
    until(lambda: len(capturing.captured) == 2)
    arrivals = [parse_mo(each.request) for each in capturing.captured]
    assert [each.remark for each in arrivals] == ["part 1 of 3", "part 3 of 3"]


def test_an_operators_alphabets_arrive_as_text(
    capturing: CapturingServer, operator_kannel: Kannel, operator: OperatorSmsc
) -> None:
    emoji = "é😀".encode("utf-16-be")
    operator.deliver("15556667777", "20880", b"\x02\x00 \x1b\x65 gsm")
    operator.deliver("15556667777", "20880", "café".encode("latin-1"), LATIN_1)
    operator.deliver("15556667777", "20880", b"\5\0\3\7\2\1" + emoji[:4], UCS2, HAS_HEADER)
    operator.deliver("15556667777", "20880", b"\5\0\3\7\2\2" + emoji[4:], UCS2, HAS_HEADER)
    until(lambda: len(capturing.captured) == 3)
    assert {parse_mo(each.request).body for each in capturing.captured} == {
        "$@ € gsm",
        "café",
        "é😀",
    }


def test_a_post_carries_the_same_message_as_a_get(
    capturing: CapturingServer, tmp_path: Path
) -> None:
    def posting(conf: str) -> str:
        escapes = "&from=%p&to=%P&text=%b&coding=%c&charset=%C&time=%T"
        changes = {"get-url": "post-url", escapes: "", "omit-empty": "send-sender"}
        return replaced(conf, changes)

    with (
        running(tmp_path, capturing.url, posting) as kannel,
        closing(Handsets(kannel)) as handsets,
    ):
        handsets.unicode("+15556667777", "20880", "Hi 😀👍")
        until(lambda: capturing.captured)
    arrival = parse_mo(capturing.captured[0].request)
    assert capturing.captured[0].head.startswith(b"POST /api/gateways/kannel/mo?id=")
    assert (arrival.sender, arrival.body) == ("15556667777", "Hi 😀👍")
    assert arrival.date is not None


@pytest.mark.parametrize("status", [200, 202])
def test_kannel_takes_200_and_202_for_an_answer(
    capturing: CapturingServer, handsets: Handsets, status: int
) -> None:
    capturing.answer = answer(status)
    handsets.text("15556667777", "20880", "once")
    time.sleep(LULL)
    assert len(capturing.holding("text=once")) == 1


def test_kannel_tries_again_after_any_other_answer_with_the_same_id(
    capturing: CapturingServer, handsets: Handsets
) -> None:
    failures = (201, 204, 302, 400, 401, 403, 404, 413, 429, 500, 502, 503)
    words = {f"try-{status}": answer(status) for status in failures}
    capturing.instead = words
    for word in words:
        handsets.text("15556667777", "20880", word)
    until(lambda: all(len(capturing.holding(word)) > 1 for word in words))
    capturing.instead = {}
    time.sleep(LULL)
    settled = len(capturing.captured)
    time.sleep(LULL)
    assert len(capturing.captured) == settled
    assert len({each.head for each in capturing.captured}) == len(words)


def test_kannel_tries_again_when_nobody_listens(
    capturing: CapturingServer, handsets: Handsets
) -> None:
    capturing.stop()
    handsets.text("15556667777", "20880", "anybody")
    time.sleep(LULL)
    capturing.start(capturing.port)
    until(lambda: capturing.holding("text=anybody"))
    time.sleep(LULL)
    assert len(capturing.captured) == 1


def test_kannel_tries_again_when_the_connection_breaks(
    capturing: CapturingServer, handsets: Handsets
) -> None:
    capturing.answer = b""
    handsets.text("15556667777", "20880", "broken")
    until(lambda: len(capturing.holding("text=broken")) == 2)
    capturing.answer = answer(200)
    until(lambda: len(capturing.holding("text=broken")) == 3)


def test_as_documented_nothing_goes_back_to_the_handset(
    capturing: CapturingServer, handsets: Handsets
) -> None:
    before = handsets.received()
    capturing.answer = answer(200, b"hello")
    handsets.text("15556667777", "20880", "quiet")
    until(lambda: capturing.holding("text=quiet"))
    time.sleep(LULL)
    assert handsets.received() == before


def test_where_replies_are_allowed_the_acknowledgement_is_none(
    capturing: CapturingServer, tmp_path: Path
) -> None:
    def replying(conf: str) -> str:
        return replaced(conf, {"max-messages = 0": "max-messages = 1"})

    with (
        running(tmp_path, capturing.url, replying) as kannel,
        closing(Handsets(kannel)) as handsets,
    ):
        handsets.text("15556667777", "20880", "acknowledge me")
        until(lambda: capturing.holding("text=acknowledge"))
        capturing.answer = answer(200, b"hello")
        handsets.text("15556667777", "20880", "reply to me")
        assert until(handsets.received) == ["20880 15556667777 text hello"]


def test_an_mo_that_smsbox_has_not_had_survives_a_crash_of_bearerbox(
    capturing: CapturingServer, tmp_path: Path
) -> None:
    with running(tmp_path, capturing.url) as kannel:
        kannel.stop_box(SMSBOX)
        with closing(Handsets(kannel)) as handsets:
            handsets.text("15556667777", "20880", "survivor")
            until(lambda: any(each.is_file() for each in (tmp_path / "store").rglob("*")))
        kannel.kill_box(BEARERBOX)
        kannel.start()
        until(lambda: capturing.holding("text=survivor"))


def test_an_mt_is_accepted_then_delivered(
    capturing: CapturingServer, kannel: Kannel, handsets: Handsets
) -> None:
    kannel.sendsms("15556667777", "hello", receipt_url(capturing.url, "m-1"))
    until(lambda: len(capturing.captured) == 2)
    assert statuses(capturing, "m-1") == [DeliveryStatus.DELIVERED, DeliveryStatus.SENT]


def test_each_of_several_recipients_gets_its_receipts(
    capturing: CapturingServer, kannel: Kannel, handsets: Handsets
) -> None:
    numbers = ["15556667777", "+15556667778"]
    kannel.sendsms(" ".join(numbers), "hello", receipt_url(capturing.url, "m-2") + "&each=1")
    until(lambda: len(capturing.captured) == 4)
    ids = {parse_receipt(each.request)[1].id for each in capturing.captured}
    assert ids == {"m-2/15556667777", "m-2/15556667778"}


def test_a_long_mt_gets_one_pair_of_receipts_for_all_its_parts(
    capturing: CapturingServer, kannel: Kannel, handsets: Handsets
) -> None:
    kannel.sendsms("15556667777", "L" * 400, receipt_url(capturing.url, "m-3"))
    until(lambda: sum("LLLL" in each for each in handsets.received()) == 3)
    time.sleep(LULL)
    assert statuses(capturing, "m-3") == [DeliveryStatus.DELIVERED, DeliveryStatus.SENT]


def test_an_id_of_any_characters_survives_kannels_escape_codes(
    capturing: CapturingServer, kannel: Kannel, handsets: Handsets
) -> None:
    kannel.sendsms("15556667777", "hello", receipt_url(capturing.url, "é/x y%41&%d"))
    until(lambda: len(capturing.captured) == 2)
    assert {parse_receipt(each.request)[1].id for each in capturing.captured} == {"é/x y%41&%d"}


def test_a_receipt_is_tried_again_like_an_mo(
    capturing: CapturingServer, kannel: Kannel, handsets: Handsets
) -> None:
    capturing.answer = answer(503)
    kannel.sendsms("15556667777", "hello", receipt_url(capturing.url, "m-4"))
    until(lambda: len(capturing.holding("&status=1&")) == 2)
    first, second = capturing.holding("&status=1&")
    assert first.head == second.head
    capturing.answer = answer(200)
    until(lambda: len(capturing.holding("&status=1&")) == 3)


@pytest.mark.parametrize(
    ("stat", "err", "state", "mask", "status"),
    [
        ("DELIVRD", "000", 2, "1", DeliveryStatus.DELIVERED),
        ("UNDELIV", "027", None, "2", DeliveryStatus.UNDELIVERED),
        ("REJECTD", "011", None, "2", DeliveryStatus.UNDELIVERED),
        ("DELETED", "004", 4, "2", DeliveryStatus.UNDELIVERED),
        ("UNKNOWN", "000", 7, "2", DeliveryStatus.UNDELIVERED),
        ("EXPIRED", "069", None, "2", DeliveryStatus.UNDELIVERED),
        ("EXPIRED", "069", 3, "34", DeliveryStatus.UNDELIVERED),
        ("ACCEPTD", "000", None, "4", None),
        ("ENROUTE", "000", 1, "4", None),
    ],
)
def test_what_an_operator_says_becomes_a_status(
    capturing: CapturingServer,
    operator_kannel: Kannel,
    operator: OperatorSmsc,
    stat: str,
    err: str,
    state: int | None,
    mask: str,
    status: DeliveryStatus | None,
) -> None:
    operator.reports["15556667777"] = report(stat, err, state)
    operator_kannel.sendsms("15556667777", "hello", receipt_url(capturing.url, "m-5"))
    until(lambda: len(capturing.captured) == 2)
    [said] = [parse_receipt(each.request)[1] for each in capturing.holding(f"&status={mask}&")]
    assert said.delivery_status is status
    assert said.error_code == (None if err == "000" else err)


def test_a_number_that_the_operator_refuses_is_an_error(
    capturing: CapturingServer, operator_kannel: Kannel, operator: OperatorSmsc
) -> None:
    operator.refuses["15556667778"] = 0x0B
    operator_kannel.sendsms("15556667778", "hello", receipt_url(capturing.url, "m-6"))
    until(lambda: capturing.captured)
    said = parse_receipt(capturing.captured[0].request)[1]
    assert (said.delivery_status, said.error_code) == (DeliveryStatus.ERROR, "0x0000000b")
