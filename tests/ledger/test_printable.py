"""What a terminal would obey is shown as an escape; what people write is left alone."""

import json

import pytest

from smsledger.ledger.printable import printable, printable_json

ESCAPED = {
    "\x1b]0;owned\x07": r"\x1b]0;owned\x07",
    "a\tb\nc\rd\x7f": r"a\tb\nc\rd\x7f",
    "\x9b31m": r"\x9b31m",
    "\u202egnp.exe\u2066\u2069\u200f": r"\u202egnp.exe\u2066\u2069\u200f",
    "\u2028\u2029\x85": r"\u2028\u2029\x85",
    "\ufeff\U000e0041": r"\ufeff\U000e0041",
    "\udcff": r"\udcff",
}


@pytest.mark.parametrize(("text", "shown"), ESCAPED.items())
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text", ["Zoë 例え", "👩\u200d👩\u200d👧", "می\u200cخواهم", "1\u00a0000", "[red]"]
)
def test_what_people_write_is_left_alone(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("text", [text for text in ESCAPED if text != "\udcff"])
def test_json_stays_the_same_value(text: str) -> None:
    shown = printable_json(json.dumps({"sender": text}, ensure_ascii=False, indent=1))
    assert json.loads(shown) == {"sender": text}
    assert shown.replace("\n", "").isprintable()
