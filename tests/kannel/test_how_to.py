"""The how-to's own files do what it says."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import httpx
import pytest

from tests.kannel.rig import HOW_TO, Handsets, Kannel
from tests.kannel.waiting import until
from tests.making import PROGRAM
from tests.server import Server

PAGE = HOW_TO.with_suffix(".md")


Send = Callable[..., str]


@pytest.fixture
def send(ledger_url: str, live_kannel: Kannel) -> Send:
    """Run the sender of the how-to; what it says when it fails."""

    def run(*arguments: str, **environment: str) -> str:
        settings = {"LEDGER": ledger_url, "KANNEL": live_kannel.sendsms_url}
        settings |= {"PROGRAM": str(PROGRAM), "SHORT_CODE": "20880", **environment}
        command = [sys.executable, str(HOW_TO / "send_sms.py"), *arguments]
        ran = subprocess.run(
            command, env={**os.environ, **settings}, capture_output=True, text=True, check=False
        )
        return ran.stderr

    return run


def statuses(ledger: Server, *numbers: str) -> list[str]:
    """The statuses of the messages with these numbers."""
    return [message["deliveryStatus"] for message in ledger.walk(number=",".join(numbers))]


@pytest.mark.parametrize("name", ["kannel.conf", "send_sms.py"])
def test_the_page_shows_the_file_as_it_is(name: str) -> None:
    assert (HOW_TO / name).read_text() in PAGE.read_text()


def test_the_sender_sends_and_the_receipt_comes(
    ledger: Server, live_handsets: Handsets, send: Send
) -> None:
    assert send("é/1 100%", "15550000040", "Größe 😀") == ""
    until(lambda: statuses(ledger, "15550000040") == ["Delivered"])
    [message] = ledger.walk(number="15550000040", include="id,shortCode")
    assert (message["id"], message["body"]) == ("é/1 100%", "Größe 😀")


def test_the_sender_reaches_several_recipients(
    ledger: Server, live_handsets: Handsets, send: Send
) -> None:
    numbers = ["15550000041", "15550000042", "15550000043"]
    assert send("bulk-1", *numbers, "hello") == ""
    until(lambda: statuses(ledger, *numbers) == ["Delivered"] * 3)


def test_what_the_ledger_does_not_take_is_not_sent(
    ledger: Server, live_handsets: Handsets, send: Send
) -> None:
    assert "invalid_number" in send("bulk-2", "15550000044", "12", "sent to one")
    until(lambda: statuses(ledger, "15550000044") == ["Delivered"])
    time.sleep(1.5)
    assert sum("sent to one" in each for each in live_handsets.received()) == 1


def test_what_kannel_refuses_is_an_error(ledger: Server, live_kannel: Kannel, send: Send) -> None:
    wrong = str(httpx.URL(live_kannel.sendsms_url).copy_set_param("password", "wrong"))
    assert "refused" in send("m-45", "15550000045", "hello", KANNEL=wrong)
    assert statuses(ledger, "15550000045") == ["Error"]
