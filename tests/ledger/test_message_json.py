import json

from smsledger.ledger import message_json
from smsledger.ledger.model import DeliveryStatus
from tests.making import make_message


def test_a_fragment_has_the_six_fields_of_the_api_in_their_order() -> None:
    rendered = message_json.of_message(make_message(body='"\\\n👋', network=None), 0)
    assert list(json.loads(rendered).items()) == [
        ("type", "MT"),
        ("deliveryStatus", "Sent"),
        ("number", "15556667777"),
        ("body", '"\\\n👋'),
        ("date", "1970-01-01T00:00:00"),
        ("network", None),
    ]


def test_a_new_status_changes_nothing_else() -> None:
    before = message_json.of_message(make_message(), 0)
    after = message_json.with_latest(before, DeliveryStatus.DELIVERED, "Verizon")
    expected = {**json.loads(before), "deliveryStatus": "Delivered", "network": "Verizon"}
    assert json.loads(after) == expected
