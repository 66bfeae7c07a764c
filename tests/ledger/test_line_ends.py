import json

from hypothesis import given
from hypothesis import strategies as st

from smsledger.ledger import message_json
from smsledger.ledger.line_ends import CHARACTERS, escape_line_ends
from tests.making import make_message

ODD = "".join(CHARACTERS)


@given(st.text(st.sampled_from([*CHARACTERS, "\\", '"', "u", "2", "é", "’", "👋", "\x0b", "\x1c"])))
def test_escaped_json_is_one_line_and_the_same_text(text: str) -> None:
    escaped = escape_line_ends(json.dumps(text, ensure_ascii=False).encode())
    assert escaped.decode().splitlines() == [escaped.decode()]
    assert json.loads(escaped) == text


def test_a_fragment_is_one_line() -> None:
    rendered = message_json.of_message(make_message(body=ODD, network=ODD), 0)
    rendered = message_json.with_latest(rendered, make_message().delivery_status, ODD)
    assert len(rendered.decode().splitlines()) == 1
    assert (message_json.read(rendered).body, message_json.read(rendered).network) == (ODD, ODD)
