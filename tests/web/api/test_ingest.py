import json

import httpx
import pytest

from tests.application import PAGES, RECEIPTS, walk
from tests.making import make_row


async def test_one_message_is_taken_and_read_back(api: httpx.AsyncClient) -> None:
    answer = await api.post(
        PAGES, json=make_row(date="2026-11-01T10:00:00.250Z", network="T-Mobile")
    )
    assert answer.json() == {
        "data": {"accepted": 1, "duplicates": 0, "rejected": 0, "rejections": []},
        "meta": {"generalErrors": [], "nextPageUrl": None},
    }
    [message] = await walk(api)
    assert message == {
        "type": "MO",
        "deliveryStatus": "Received",
        "number": "15556667777",
        "body": "JOIN",
        "date": "2026-11-01T10:00:00",
        "network": "T-Mobile",
    }


async def test_a_bad_row_never_spoils_the_good_ones(api: httpx.AsyncClient) -> None:
    rows = [make_row(id="a"), make_row(number="SHOP"), 5, make_row(id="a"), make_row(id="b")]
    answer = await api.post(PAGES, json=rows)
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["accepted"], data["duplicates"], data["rejected"]) == (2, 1, 2)
    assert [(each["index"], each["field"]) for each in data["rejections"]] == [
        (1, "number"),
        (2, None),
    ]
    assert {"index", "field", "code", "message"} == set(data["rejections"][0])


async def test_ndjson_is_taken(api: httpx.AsyncClient) -> None:
    lines = "\n".join(json.dumps(make_row(id=each)) for each in "abc")
    headers = {"content-type": "application/x-ndjson"}
    answer = await api.post(PAGES, content=lines, headers=headers)
    assert answer.json()["data"]["accepted"] == 3


async def test_a_message_sent_again_is_a_duplicate_and_other_content_a_conflict(
    api: httpx.AsyncClient,
) -> None:
    await api.post(PAGES, json=[make_row()])
    again = await api.post(PAGES, json=[make_row(), make_row(body="another")])
    data = again.json()["data"]
    assert (data["accepted"], data["duplicates"]) == (0, 1)
    assert data["rejections"][0]["code"] == "id_conflict"


async def test_a_receipt_changes_the_status(api: httpx.AsyncClient) -> None:
    await api.post(PAGES, json=[make_row(type="MT")])
    receipt = {"id": "m-1", "deliveryStatus": "Delivered", "date": "2026-11-01T10:00:00"}
    answer = await api.post(RECEIPTS, json=[receipt, {**receipt, "deliveryStatus": "Gone"}])
    assert answer.json()["data"]["accepted"] == 1
    assert answer.json()["data"]["rejections"][0]["field"] == "deliveryStatus"
    assert [message["deliveryStatus"] for message in await walk(api)] == ["Delivered"]


async def test_an_empty_array_is_taken_as_it_is(api: httpx.AsyncClient) -> None:
    assert (await api.post(PAGES, json=[])).json()["data"]["accepted"] == 0


async def test_the_text_comes_back_as_it_was_sent(api: httpx.AsyncClient) -> None:
    texts = ["", " ", "a\nb\tc", "👩‍👩‍👧‍👦 ﷽", "\u202eabc", "\x7f", '"\\/', "x" * 10_000]
    rows = [make_row(id=str(n), body=text) for n, text in enumerate(texts)]
    assert (await api.post(PAGES, json=rows)).json()["data"]["accepted"] == len(texts)
    assert [message["body"] for message in await walk(api)] == texts


@pytest.mark.parametrize(("head", "between", "tail"), [("[", ",", "]"), ("", "\n", "")])
async def test_a_row_with_a_field_given_twice_does_not_spoil_the_others(
    api: httpx.AsyncClient, head: str, between: str, tail: str
) -> None:
    lines = [json.dumps(make_row(id=each)) for each in "abc"]
    lines[1] = lines[1].replace("{", '{"body":"first",')
    answer = await api.post(PAGES, content=head + between.join(lines) + tail)
    data = answer.json()["data"]
    assert (data["accepted"], data["rejected"]) == (2, 1)
    [rejection] = data["rejections"]
    assert (rejection["index"], rejection["field"]) == (1, "body")
    assert rejection["code"] == "duplicate_field"


AS_ARRAY_AND_LINES = pytest.mark.parametrize(
    ("head", "between", "tail"), [(b"[", b", ", b"]"), (b"\xef\xbb\xbf", b"\r\n\r\n", b"")]
)


def written(**what_matters: str) -> bytes:
    return json.dumps(make_row(**what_matters), ensure_ascii=False).encode()


@AS_ARRAY_AND_LINES
async def test_bytes_that_are_not_utf8_reject_their_row_only(
    api: httpx.AsyncClient, head: bytes, between: bytes, tail: bytes
) -> None:
    rows = [written(id=each, body="café 👋") for each in "abc"]
    rows[1] = rows[1].replace("é".encode(), b"\xe9")
    content = head + between.join(rows) + tail
    data = (await api.post(PAGES, content=content)).json()["data"]
    assert data["accepted"] == 2
    reason = f"body is not UTF-8 at byte {content.index(bytes([0xE9]))}"
    assert data["rejections"] == [
        {"index": 1, "field": "body", "code": "invalid_text", "message": reason}
    ]


async def test_a_backslash_before_such_a_byte_does_not_make_a_text_of_it(
    api: httpx.AsyncClient,
) -> None:
    content = written().replace(b"JOIN", b"a\\\xff")
    data = (await api.post(PAGES, content=content)).json()["data"]
    assert (data["accepted"], data["rejected"]) == (0, 1)
    assert data["rejections"][0]["message"].endswith(f"not UTF-8 at byte {content.index(255)}")


async def test_a_receipt_with_bytes_that_are_not_utf8_is_rejected(api: httpx.AsyncClient) -> None:
    content = b'{"id":"m-1","deliveryStatus":"Delivered","text":"a\xe2\x82"}'
    [rejection] = (await api.post(RECEIPTS, content=content)).json()["data"]["rejections"]
    reason = f"text is not UTF-8 at byte {content.index(bytes([0xE2]))}"
    assert (rejection["field"], rejection["message"]) == ("text", reason)


@pytest.mark.parametrize("content", [b"[1, \xff]", b'[1, "\xff"', b"1\n2\n\xff", b'\n\n[ \xff"a"]'])
async def test_a_body_that_is_no_rows_is_refused_with_the_place(
    api: httpx.AsyncClient, content: bytes
) -> None:
    answer = await api.post(PAGES, content=content)
    assert answer.status_code == 400
    [problem] = answer.json()["meta"]["generalErrors"]
    assert problem["code"] == "invalid_body"
    assert problem["message"].endswith(f"It is not UTF-8 at byte {content.index(255)}.")


async def test_a_lone_surrogate_in_the_only_row_rejects_that_row(api: httpx.AsyncClient) -> None:
    answer = await api.post(PAGES, content=written().replace(b"JOIN", rb"\ud800"))
    [rejection] = answer.json()["data"]["rejections"]
    assert rejection["message"] == "body is not Unicode: it holds a lone surrogate"
