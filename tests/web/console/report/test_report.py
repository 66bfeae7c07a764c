"""/programs/{programId}: Message Reports, as a browser without scripts sees them."""

import html
import json
import re
from typing import Any

import httpx
import pytest

from smsledger.ledger import instant
from smsledger.ledger.instant import HOUR, MINUTE, SECOND
from smsledger.ledger.model import DeliveryStatus, Message, MessageType
from smsledger.store.store import Store
from tests.making import PROGRAM, make_message, make_program, make_receipt
from tests.web.console.conftest import Visit, Visitor

NOW = instant.now()
REPORT = f"/programs/{PROGRAM}"
MO = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED}
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "\"' onmouseover='alert(3)' {{7*7}} ${7*7} javascript:alert(4)",
    "\u202ereversed\u202e and not closed \u2067",
    "Z" + "\u0300\u0301\u0323" * 3333,
    "line\nfeed\r\n\r\nand more",
)


def ago(time: int, **what: Any) -> Message:
    return make_message(date=NOW - time, **what)


async def fill(store: Store, count: int = 7) -> None:
    """Messages m-0, the newest, to m-6, a minute apart; the odd ones are MOs."""
    messages = [
        ago(n * MINUTE, id=f"m-{n}", body=f"body {n}", **(MO if n % 2 else {}))
        for n in range(count)
    ]
    await store.record_messages(PROGRAM, messages)


def bodies(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [
        html.unescape(text)
        for text in re.findall(r'dir="auto">(.*?)</div>', answer.text, re.DOTALL)
    ]


def link(answer: httpx.Response, rel: str) -> str:
    found = re.search(rf'<a href="([^"]+)" rel="{rel}"', answer.text)
    return html.unescape(found[1]) if found else ""


def chart(answer: httpx.Response) -> dict[str, Any]:
    """The chart's figures: labels that have messages, with each series' count."""
    found = re.search(r'data-chart="([^"]+)"', answer.text)
    assert found, answer.text
    figures: dict[str, Any] = json.loads(html.unescape(found[1]))
    return figures


def totals(answer: httpx.Response) -> dict[str, int]:
    return {each["status"]: sum(each["counts"]) for each in chart(answer)["series"]}


async def test_a_program_is_shown_with_its_id_and_the_line_that_asks_for_it(visit: Visit) -> None:
    shown = (await (await visit("report")).get(REPORT)).text
    assert f'<code>{PROGRAM}</code> <button class="copy' in shown
    assert f"curl --user visitor http://ledger.test/api/messages/program/{PROGRAM}" in shown
    assert "No message is there yet" in shown


async def test_messages_are_there_newest_first_and_lead_to_their_pages(
    visit: Visit, store: Store
) -> None:
    await fill(store)
    visitor = await visit("report")
    shown = await visitor.get(REPORT)
    assert bodies(shown) == [f"body {n}" for n in range(7)]
    assert f'href="{REPORT}/message?id=m-3"' in shown.text
    assert (await visitor.get(f"{REPORT}/message?id=m-3")).status_code == 200


async def test_pages_lead_back_to_the_oldest_message_and_forth_to_the_newest(
    visit: Visit, store: Store
) -> None:
    await fill(store, 60)
    visitor = await visit("report")
    first = await visitor.get(f"{REPORT}?pageSize=25&messageType=")
    second = await visitor.get(link(first, "next"))
    third = await visitor.get(link(second, "next"))
    back = [*bodies(first), *bodies(second), *bodies(third)]
    assert back == [f"body {n}" for n in range(60)]
    assert (link(first, "prev"), link(third, "next")) == ("", "")
    assert bodies(await visitor.get(link(third, "prev"))) == bodies(second)
    newest = await visitor.get(link(second, "prev"))
    assert newest.status_code == 303
    assert newest.headers["location"] == f"{REPORT}?pageSize=25"


async def test_a_page_read_forth_leads_back_to_what_came_before_it(
    visit: Visit, store: Store
) -> None:
    await fill(store, 80)
    visitor = await visit("report")
    second = await visitor.get(link(await visitor.get(f"{REPORT}?pageSize=25"), "next"))
    third = await visitor.get(link(second, "next"))
    again = await visitor.get(link(third, "prev"))
    assert bodies(again) == bodies(second)
    assert bodies(await visitor.get(link(again, "next"))) == bodies(third)


async def test_filters_are_those_of_the_api(
    visit: Visit, api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store)
    await store.record_receipts(PROGRAM, [make_receipt(id="m-2"), make_receipt(id="m-4")])
    await store.record_messages(PROGRAM, [ago(HOUR, id="x", number="1", network=None)])
    visitor = await visit("report")
    for query in (
        "messageType=MO",
        "deliveryStatus=Delivered",
        "deliveryStatus=Delivered,Received",
        "number=1",
        "network=",
        "network=T-Mobile&messageType=MT",
        f"startDate={instant.render_seconds(NOW - 3 * MINUTE)}",
        f"endDate={instant.render_seconds(NOW - 2 * MINUTE)}",
    ):
        page = (await api.get(f"/api/messages/program/{PROGRAM}?{query}")).json()
        told = [message["body"] for message in page["data"]["messages"]]
        shown = await visitor.get(f"{REPORT}?{query}")
        assert bodies(shown) == told[::-1]
        assert told
        if "number" not in query:
            assert sum(totals(shown).values()) == len(told)


async def test_dates_are_of_the_zone_that_is_chosen(visit: Visit, store: Store) -> None:
    date = instant.parse("2026-11-20T23:30:00").first
    await store.record_messages(PROGRAM, [make_message(date=date, body="late")])
    visitor, tokyo = await visit("report"), "zone=Asia%2FTokyo"
    shown = await visitor.get(f"{REPORT}?{tokyo}&startDate=2026-11-21T08:30&endDate=2026-11-21")
    assert bodies(shown) == ["late"]
    assert ">2026-11-21 08:30:00</time>" in shown.text
    assert 'value="2026-11-21T08:30"' in shown.text
    assert "<option selected>Asia/Tokyo</option>" in shown.text
    assert bodies(await visitor.get(f"{REPORT}?{tokyo}&endDate=2026-11-21T08:29")) == []


async def test_that_a_file_has_dates_of_gmt_is_said_where_another_zone_is_chosen(
    visit: Visit,
) -> None:
    visitor, note = await visit("report"), "The dates in a file are those of GMT."
    assert note in (await visitor.get(f"{REPORT}?zone=Asia/Tokyo")).text
    assert note not in (await visitor.get(REPORT)).text


@pytest.mark.parametrize(("scopes", "told"), [(["report"], True), (["report", "export"], False)])
async def test_who_may_not_call_the_api_is_told_so_beside_its_line(
    visit: Visit, scopes: list[str], told: bool
) -> None:
    page = (await (await visit(*scopes)).get(REPORT)).text
    beside = page.partition("curl")[0]
    assert ("ask for a credential of scope <em>export</em>" in beside) == told


async def test_the_chart_has_the_days_of_the_zone(visit: Visit, store: Store) -> None:
    dates = [instant.parse(f"2026-11-{day}:30:00").first for day in ("10T22", "10T23", "20T12")]
    messages = [make_message(id=f"m-{n}", date=date) for n, date in enumerate(dates)]
    await store.record_messages(PROGRAM, messages)
    visitor = await visit("report")
    gmt, berlin = [
        chart(await visitor.get(f"{REPORT}?startDate=2026-11-09&endDate=2026-11-21&zone={zone}"))
        for zone in ("", "Europe/Berlin")
    ]
    assert (gmt["period"], gmt["labels"][0], gmt["labels"][-1]) == (
        "day",
        "2026-11-09",
        "2026-11-21",
    )
    assert gmt["series"][0]["counts"][:4] == [0, 2, 0, 0]
    assert berlin["series"][0]["counts"][:4] == [0, 1, 1, 0]


async def test_a_window_of_three_days_is_shown_by_hours(visit: Visit, store: Store) -> None:
    await fill(store, 1)
    visitor = await visit("report")
    start, end = (instant.render_seconds(moment) for moment in (NOW - 5 * HOUR, NOW))
    hours = chart(await visitor.get(f"{REPORT}?startDate={start}&endDate={end}"))
    assert (hours["period"], len(hours["labels"])) == ("hour", 6)
    assert chart(await visitor.get(REPORT))["period"] == "hour"  # all that there is, is of today


async def test_a_zone_off_the_hour_says_so(visit: Visit, store: Store) -> None:
    await fill(store, 1)
    shown = await (await visit("report")).get(f"{REPORT}?zone=Asia/Kolkata")
    assert "up to an hour off" in shown.text


async def test_totals_are_told_by_status_and_by_network(visit: Visit, store: Store) -> None:
    await fill(store, 3)
    await store.record_receipts(PROGRAM, [make_receipt(id="m-0")])
    shown = await (await visit("report")).get(REPORT)
    assert totals(shown) == {"Sent": 1, "Delivered": 1, "Received": 1}
    networks = shown.text.partition("Totals by network")[2].partition("</table>")[0]
    assert re.findall(r">([^<>]+)</td>", networks) == ["3", "100.0 %", "0", "50.0 %"]
    assert "<strong>3</strong> messages" in shown.text


async def test_under_a_number_the_page_says_why_nothing_is_counted(
    visit: Visit, store: Store
) -> None:
    await fill(store, 2)
    shown = await (await visit("report")).get(f"{REPORT}?number=15556667777")
    assert "are not shown for single numbers" in shown.text
    assert "data-chart" not in shown.text
    assert len(bodies(shown)) == 2


async def test_all_that_is_wrong_is_told_at_its_fields_which_stay_as_they_were(
    visit: Visit,
) -> None:
    query = "number=12a&startDate=2026-02-30T10:00&deliveryStatus=Sent&zone=Nowhere&what=1"
    shown = await (await visit("report")).get(f"{REPORT}?{query}")
    assert shown.status_code == 400
    for name in ("number", "startDate", "zone"):
        assert f'id="{name}-says" class="problem"' in shown.text
        assert f'aria-invalid="true" aria-describedby="{name}-says"' in shown.text
    assert 'name="number" inputmode="tel" autocomplete="off" value="12a"' in shown.text
    assert 'value="Sent" checked' in shown.text
    assert "There is no parameter" in shown.text


async def test_a_preset_keeps_the_other_filters(visit: Visit) -> None:
    visitor = await visit("report")
    query = "deliveryStatus=Undelivered&startDate=2020-01-01&endDate=2020-01-02&number="
    week = await visitor.get(f"{REPORT}/presets/last-week?{query}")
    assert week.status_code == 303
    days = re.findall(r"Date=([0-9-]+)T(..)%3A(..)", week.headers["location"])
    assert [time[1:] for time in days] == [("00", "00"), ("23", "59")]
    assert "deliveryStatus=Undelivered" in week.headers["location"]
    day = await visitor.get(f"{REPORT}/presets/24-hours?{query}")
    assert "endDate" not in day.headers["location"]
    assert (await visitor.get(f"{REPORT}/presets/other")).status_code == 404


@pytest.mark.parametrize("body", HOSTILE)
async def test_what_strangers_write_is_shown_as_text_and_nothing_else(
    visit: Visit, store: Store, body: str
) -> None:
    hostile = make_message(id="<b>/../?#&\"'", body=body, network="<i>&\u202e", date=NOW)
    await store.record_messages(PROGRAM, [hostile])
    visitor = await visit("report")
    shown = await visitor.get(REPORT)
    shortened = body[:300] + ("…" if len(body) > 300 else "")
    assert bodies(shown) == [shortened]
    [path] = re.findall(r'id="message-[^"]*" href="([^"]+)"', shown.text)
    whole = await visitor.get(path)
    assert body in html.unescape(whole.text)
    for markup in ("<script>", "<img src=x", "<i>", "<b>", "' onmouseover"):
        assert markup not in shown.text
        assert markup not in whole.text


@pytest.mark.parametrize(
    "message_id", [".", "..", "a/../b", "a//b", "?#&=;", "%2F%00", "line\nfeed", " + ", "\u202e"]
)
async def test_a_message_has_a_page_whatever_its_id_is(
    visit: Visit, store: Store, message_id: str
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=message_id, date=NOW)])
    visitor = await visit("report")
    shown = await visitor.get(f"{REPORT}?zone=Asia/Tokyo")
    [address] = re.findall(r'id="message-[^"]*" href="([^"]+)"', shown.text)
    page = await visitor.get(html.unescape(address))
    assert page.status_code == 200
    assert f'<code dir="auto">{html.escape(message_id)}</code>' in page.text


@pytest.mark.parametrize(
    ("query", "said"),
    [("", "id is missing"), ("id=m-1&zone=Mars", "zone"), ("id=m-1&name=x", "no parameter")],
)
async def test_a_message_is_asked_for_by_its_id(visit: Visit, query: str, said: str) -> None:
    answer = await (await visit("report")).get(f"{REPORT}/message?{query}")
    assert (answer.status_code, said in answer.text) == (400, True)


async def test_a_message_has_its_text_and_its_history(visit: Visit, store: Store) -> None:
    gateway = {"gateway": "kannel", "segments": 2, "short_code": "20880"}
    await store.record_messages(PROGRAM, [make_message(date=NOW, **gateway)])
    failed = make_receipt(
        delivery_status=DeliveryStatus.UNDELIVERED, error_code="30005", text="unknown subscriber"
    )
    await store.record_receipts(PROGRAM, [failed, make_receipt(date=NOW + SECOND)])
    shown = (await (await visit("report")).get(f"{REPORT}/message?id=m-1&zone=Asia/Tokyo")).text
    timeline = re.findall(r'class="status status-\w+">(\w+)<', shown.partition("timeline")[2])
    assert timeline == ["Sent", "Undelivered", "Delivered"]
    assert "unknown subscriber" in shown
    assert "History (Asia/Tokyo)" in shown
    assert f'href="{REPORT}?number=15556667777&amp;zone=Asia/Tokyo"' in shown


async def test_further_fields_of_a_message_are_listed_with_a_dash_for_none(
    visit: Visit, store: Store
) -> None:
    known = {"short_code": "20880", "gateway": "kannel", "segments": 2, "error_code": "30005"}
    await store.record_messages(PROGRAM, [make_message(id="m-1", **known), make_message(id="m-2")])
    visitor = await visit("report")
    for message_id, values in (("m-1", known.values()), ("m-2", ["–"] * 4)):
        shown = (await visitor.get(f"{REPORT}/message?id={message_id}")).text
        *others, code = values
        facts = zip(("Short code", "Gateway", "Segments"), others, strict=True)
        lines = [f"  <div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts]
        lines.append(f"  <div><dt>Error code</dt><dd><bdi>{code}</bdi></dd></div>")
        assert "\n".join(lines) + "\n  <div><dt>Serial, change" in shown


async def test_what_is_not_there_or_not_for_the_visitor_is_not_found(
    visit: Visit, store: Store
) -> None:
    other = await store.create_program(make_program(id=0, name="Other", keywords=()))
    visitor = await visit("report", programs={PROGRAM})
    for path in (
        f"/programs/{other.id}",
        f"/programs/{other.id}/export?format=csv",
        f"/programs/{other.id}/live/0",
        f"/programs/{other.id}/message?id=m-1",
        f"{REPORT}/message?id=nobody",
        "/programs/999",
    ):
        assert (await visitor.get(path)).status_code == 404


async def test_nobody_sees_a_report_without_signing_in(browser: Visitor) -> None:
    for path in ("", "/live/0", "/paused", "/presets/last-week", "/message?id=m-1", "/export"):
        answer = await browser.get(f"{REPORT}{path}")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
