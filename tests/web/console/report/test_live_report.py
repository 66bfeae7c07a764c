"""The part of a report that is asked for again and again."""

import html
import re

import httpx

from smsledger.ledger import instant
from smsledger.store.store import Store
from tests.making import PROGRAM, make_message, make_receipt
from tests.web.console.conftest import Visit, Visitor
from tests.web.console.report.test_report import NOW, REPORT, bodies, fill

HTMX = {"hx-request": "true"}


def next_ask(answer: httpx.Response) -> str:
    """The address that the part asks next; empty where it asks no more."""
    found = re.search(r'id="live" [^>]*hx-get="([^"]+)" hx-trigger="every 1s"', answer.text)
    return html.unescape(found[1]) if found else ""


async def test_nothing_is_sent_while_nothing_changes(visit: Visit, store: Store) -> None:
    await fill(store, 2)
    visitor = await visit("report")
    ask = next_ask(await visitor.get(REPORT))
    unchanged = await visitor.get(ask, headers=HTMX)
    assert (unchanged.status_code, unchanged.content) == (204, b"")
    assert "content-length" not in unchanged.headers


async def test_a_new_message_and_a_new_status_are_there_at_the_next_asking(
    visit: Visit, store: Store
) -> None:
    await fill(store, 2)
    visitor = await visit("report")
    ask = next_ask(await visitor.get(f"{REPORT}?messageType=MT"))
    await store.record_messages(PROGRAM, [make_message(id="new", body="new", date=NOW + 1)])
    part = await visitor.get(ask, headers=HTMX)
    assert bodies(part) == ["new", "body 0"]
    assert part.text.startswith('<section id="live"')
    await store.record_receipts(PROGRAM, [make_receipt(id="new")])
    assert "status-delivered" in (await visitor.get(next_ask(part), headers=HTMX)).text


async def test_a_paused_report_asks_no_more_until_it_is_resumed(visit: Visit, store: Store) -> None:
    await fill(store, 2)
    visitor = await visit("report")
    assert next_ask(await visitor.get(REPORT))
    paused = await visitor.get(f"{REPORT}/paused?messageType=MO", headers=HTMX)
    assert next_ask(paused) == ""
    [resume] = re.findall(r'id="pause"[^>]*hx-get="([^"]+)"', paused.text)
    assert next_ask(await visitor.get(html.unescape(resume), headers=HTMX)).endswith("MO")


async def test_only_the_newest_page_is_live(visit: Visit, store: Store) -> None:
    await fill(store, 2)
    older = f"{REPORT}?older={instant.now()}.9"
    assert next_ask(await (await visit("report")).get(older)) == ""


async def test_who_is_signed_out_is_led_to_the_page_for_signing_in(browser: Visitor) -> None:
    answer = await browser.get(f"{REPORT}/live/0", headers=HTMX)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")
