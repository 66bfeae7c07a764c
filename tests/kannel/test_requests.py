"""What the real Kannel sends, and what it does with an answer."""

import pytest

from smsledger.gateways.kannel import parse_mo, parse_receipt

from .capture import said
from .waiting import until


def test_probe(server, kannel, handsets, operator_kannel, operator):
    handsets.text("+15556667777", "20880", "JOIN  two  spaces & plus+ %41")
    handsets.unicode("15556667777", "20880", "Hi 😀👍")
    handsets.bytes("15556667777", "20880", b"bad \xff\x00 nul")
    handsets.long("15556667777", "20880", "A" * 153 + "B" * 153 + "C" * 153)
    handsets.long("15556667779", "20880", "A" * 153 + "B" * 153 + "C" * 153, only=(1, 3))
    until(lambda: len(server.captured) == 6)
    for c in server.captured:
        print(c.head, c.body, parse_mo(c.gateway_request))
