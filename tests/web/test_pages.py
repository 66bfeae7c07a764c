from tests.application import PAGES, walk
from tests.making import PROGRAM, make_message


async def test_a_page_has_the_six_fields_in_order_and_data_before_meta(api, store):
    await store.record_messages(PROGRAM, [make_message(body="Hi 👋", network=None)])
    answer = await api.get(PAGES)
    assert answer.status_code == 200
    assert list(answer.json()) == ["data", "meta"]
    [message] = answer.json()["data"]["messages"]
    assert list(message) == ["type", "deliveryStatus", "number", "body", "date", "network"]
    assert (message["body"], message["network"]) == ("Hi 👋", None)


async def test_a_walk_gives_every_message_once(api, store):
    messages = [make_message(id=f"m-{n}", body=str(n)) for n in range(120)]
    await store.record_messages(PROGRAM, messages)
    walked = await walk(api, pageSize=7)
    assert [message["body"] for message in walked] == [str(n) for n in range(120)]
