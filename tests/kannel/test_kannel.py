"""Handset -> Kannel -> ledger -> walk, and sender -> Kannel -> receipt -> walk: all of it real."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.kannel.rig import Handsets, Kannel, receipt_url, running
from tests.kannel.smsc import OperatorSmsc, report
from tests.kannel.waiting import until
from tests.making import make_row
from tests.server import Server, smsledger

LONG = "JOIN " + "A" * 148 + "B" * 153 + "C" * 153


@pytest.fixture(scope="module")
def live_operator(
    ledger_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Kannel, OperatorSmsc]]:
    """Kannel before the ledger, with an operator's SMSC over SMPP."""
    operator = OperatorSmsc()
    directory = tmp_path_factory.mktemp("live_operator")
    with running(directory, ledger_url, operator.instead_of_simulator) as kannel:
        operator.wait_for_link()
        yield kannel, operator
    operator.stop()


def bodies(ledger: Server, number: str) -> list[str]:
    """The bodies that a walk shows for a number."""
    return [message["body"] for message in ledger.walk(number=number)]


def status(ledger: Server, number: str) -> str:
    """The delivery status of the one message with that number."""
    [message] = ledger.walk(number=number)
    return str(message["deliveryStatus"])


def has_status(ledger: Server, number: str, expected: str) -> bool:
    return status(ledger, number) == expected


def unrouted(ledger: Server) -> dict[str, Any]:
    """The messages that found no program, by sender."""
    listed = json.loads(smsledger("route", "--store", ledger.store_url, "--json"))
    return {each["sender"]: each for each in listed}


def ingest(ledger: Server, *numbers: str, message_id: str) -> None:
    """What a sender does before it calls sendsms."""
    ids = {number: f"{message_id}/{number}" if numbers[1:] else message_id for number in numbers}
    rows = [
        make_row(id=each, type="MT", number=number, body="hello") for number, each in ids.items()
    ]
    assert ledger.post(rows).json()["data"]["accepted"] == len(numbers)


def test_an_mo_is_in_the_walk(ledger: Server, live_handsets: Handsets) -> None:
    live_handsets.text("+15550000001", "20880", "JOIN  two  spaces & plus+ %41")
    until(lambda: bodies(ledger, "15550000001"))
    [message] = ledger.walk(number="15550000001", include="shortCode,gateway")
    assert (message["type"], message["deliveryStatus"]) == ("MO", "Received")
    assert message["body"] == "JOIN  two  spaces & plus+ %41"
    assert (message["shortCode"], message["gateway"]) == ("20880", "kannel")


def test_emoji_are_in_the_walk(ledger: Server, live_handsets: Handsets) -> None:
    live_handsets.unicode("15550000002", "20880", "join 😀👍 ok")
    assert until(lambda: bodies(ledger, "15550000002")) == ["join 😀👍 ok"]


def test_a_message_of_459_characters_is_one_message(
    ledger: Server, live_handsets: Handsets
) -> None:
    live_handsets.long("15550000003", "20880", LONG)
    assert until(lambda: bodies(ledger, "15550000003")) == [LONG]
    assert len(LONG) == 459


def test_bytes_that_are_no_text_do_not_keep_a_message_out(
    ledger: Server, live_handsets: Handsets
) -> None:
    live_handsets.bytes("15550000004", "20880", b"JOIN \xff\x00 me")
    assert until(lambda: bodies(ledger, "15550000004")) == ["JOIN \ufffd\ufffd me"]


def test_an_mo_to_a_code_of_no_program_waits_as_unrouted(
    ledger: Server, live_handsets: Handsets
) -> None:
    live_handsets.text("15550000005", "99999", "JOIN")
    waiting: dict[str, Any] = until(lambda: unrouted(ledger).get("15550000005", {}))
    assert (waiting["body"], waiting["shortCode"]) == ("JOIN", "99999")
    assert bodies(ledger, "15550000005") == []


def test_a_sender_that_is_no_number_waits_as_unrouted(
    ledger: Server, live_handsets: Handsets
) -> None:
    live_handsets.text("MYBANK", "20880", "JOIN")
    waiting: dict[str, Any] = until(lambda: unrouted(ledger).get("MYBANK", {}))
    assert waiting["body"] == "JOIN"


def test_nothing_goes_back_to_a_handset(ledger: Server, live_handsets: Handsets) -> None:
    live_handsets.text("15550000006", "20880", "JOIN")
    until(lambda: bodies(ledger, "15550000006"))
    time.sleep(1.5)
    assert not any("15550000006" in each for each in live_handsets.received())


def test_an_mt_is_delivered(
    ledger: Server, ledger_url: str, live_kannel: Kannel, live_handsets: Handsets
) -> None:
    ingest(ledger, "15550000010", message_id="mt-10")
    assert status(ledger, "15550000010") == "Sent"
    live_kannel.sendsms("15550000010", "hello", receipt_url(ledger_url, "mt-10"))
    until(lambda: status(ledger, "15550000010") == "Delivered")


def test_a_receipt_is_that_of_one_of_several_recipients(
    ledger: Server, ledger_url: str, live_kannel: Kannel, live_handsets: Handsets
) -> None:
    numbers = ["15550000011", "15550000012", "15550000013"]
    ingest(ledger, *numbers, message_id="mt-11")
    # Several in one call lose receipts in Kannel's spool, now and then: see the how-to.
    for number in numbers[1:]:
        live_kannel.sendsms(number, "hello", receipt_url(ledger_url, "mt-11") + "&each=1")
        until(partial(has_status, ledger, number, "Delivered"))
    assert status(ledger, numbers[0]) == "Sent"


def test_a_receipt_waits_for_its_message(
    ledger: Server, ledger_url: str, live_kannel: Kannel, live_handsets: Handsets
) -> None:
    live_kannel.sendsms("15550000014", "hello", receipt_url(ledger_url, "mt-14"))
    until(lambda: any("15550000014" in each for each in live_handsets.received()))
    time.sleep(1)
    ingest(ledger, "15550000014", message_id="mt-14")
    until(lambda: status(ledger, "15550000014") == "Delivered")


@pytest.mark.parametrize(
    ("number", "said", "expected"),
    [
        ("15550000020", report("DELIVRD", "000", 2), ("Delivered", None)),
        ("15550000021", report("UNDELIV", "027"), ("Undelivered", "027")),
        ("15550000022", report("EXPIRED", "069", 3), ("Undelivered", "069")),
    ],
)
def test_what_the_operator_says_is_in_the_walk(
    ledger: Server,
    ledger_url: str,
    live_operator: tuple[Kannel, OperatorSmsc],
    number: str,
    said: Callable[..., Any],
    expected: tuple[str, str | None],
) -> None:
    kannel, operator = live_operator
    operator.reports[number] = said
    ingest(ledger, number, message_id=f"mt-{number}")
    kannel.sendsms(number, "hello", receipt_url(ledger_url, f"mt-{number}"))
    until(lambda: status(ledger, number) != "Sent")
    [message] = ledger.walk(number=number, include="errorCode")
    assert (message["deliveryStatus"], message["errorCode"]) == expected


def test_a_number_that_the_operator_refuses_is_an_error(
    ledger: Server, ledger_url: str, live_operator: tuple[Kannel, OperatorSmsc]
) -> None:
    kannel, operator = live_operator
    operator.refuses["15550000024"] = 0x0B
    ingest(ledger, "15550000024", message_id="mt-24")
    kannel.sendsms("15550000024", "hello", receipt_url(ledger_url, "mt-24"))
    until(lambda: status(ledger, "15550000024") == "Error")


def test_an_mo_and_a_receipt_wait_while_the_ledger_is_down(
    ledger: Server, ledger_url: str, live_kannel: Kannel, live_handsets: Handsets
) -> None:
    ingest(ledger, "15550000030", message_id="mt-30")
    ledger.kill()
    live_handsets.text("15550000031", "20880", "JOIN later")
    live_kannel.sendsms("15550000030", "hello", receipt_url(ledger_url, "mt-30"))
    time.sleep(3)
    ledger.start()
    assert until(lambda: bodies(ledger, "15550000031")) == ["JOIN later"]
    until(lambda: status(ledger, "15550000030") == "Delivered")


@pytest.mark.parametrize(("number", "end"), [("15550000032", "kill"), ("15550000033", "stop")])
def test_a_ledger_that_ends_under_load_loses_and_doubles_nothing(
    ledger: Server, live_handsets: Handsets, number: str, end: str
) -> None:
    sent = [f"JOIN {ordinal}" for ordinal in range(60)]
    for ordinal, body in enumerate(sent):
        live_handsets.text(number, "20880", body)
        if ordinal == 30:
            getattr(ledger, end)()
        if ordinal == 45:
            ledger.start()
    until(lambda: len(bodies(ledger, number)) >= len(sent))
    time.sleep(2.5)
    assert sorted(bodies(ledger, number)) == sorted(sent)
