"""What strangers write into their messages is shown, and does nothing else."""

from typing import Any

import pytest
from playwright.async_api import Locator, expect
from playwright.async_api._generated import Page

from smsledger.ledger import instant
from tests.browser.reports import messages, post, report, row
from tests.browser.sites import add_program
from tests.browser.windows import PHONE, WIDE, Windows
from tests.making import make_row
from tests.server import Server

pytestmark = pytest.mark.engines("sqlite")
# Each body with what is to be read of it.
BODIES = {
    "html": (
        "<h1>Sale</h1><img src=x onerror='ran=1'><style>*{color:red}</style>",
        "<h1>Sale</h1>",
    ),
    "script": ("</td></script><script>ran=1; alert(1)</script>", "<script>ran=1"),
    "template": (
        "{{ 7 * 7 }} <div hx-get='/x' hx-trigger='load' hx-on::load='ran=1'>",
        "{{ 7 * 7 }}",
    ),
    "link": ("javascript:ran=1 data:text/html,<script>ran=1</script>", "javascript:ran=1"),
    "right to left": ("\u202e\u2066\u202dabc \u05d0\u05d1 \u061c(1234)\u202b 56", "abc"),
    "combining": ("Z" + "\u0301\u0330\u0489" * 3333, "Z"),
    "long": ("W" * 10_000, "WWW"),
    "lines": ("\n" * 5_000 + "the end", ""),
    "controls": ("a\x01b\x1b[31m\x07\ufeff\ufff9\ufffbc\u2028 the end", "the end"),
}
RAN = "typeof ran"
HIDE = "element => { element.style.visibility = 'hidden' }"
IS_WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def dated(minutes: int) -> str:
    return instant.render_seconds(instant.now() - minutes * instant.MINUTE)


async def opened(windows: Windows, site: Server, width: int, **hostile: Any) -> Page:
    """The report of a program with the message between two others; it does not move."""
    program = await add_program(site)
    post(
        site,
        program,
        make_row(id="above", body="the one above", date=dated(1)),
        make_row(**{"id": "hostile", "date": dated(2), **hostile}),
        make_row(id="below", body="the one below", date=dated(3)),
    )
    page = await windows.open(report(program), width=width)
    page.on("dialog", lambda dialog: windows.complaints.append(dialog.message))
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    return page


async def pictures(*elements: Locator) -> list[bytes]:
    return [await each.screenshot(animations="disabled") for each in elements]


@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.parametrize(("body", "read"), BODIES.values(), ids=BODIES)
async def test_a_body_is_read_and_leaves_its_neighbours_as_they_are(
    windows: Windows, site: Server, body: str, read: str, width: int
) -> None:
    page = await opened(windows, site, width, body=body)
    hostile = messages(page).locator("tbody tr").nth(1)
    words = hostile.locator(".words")
    await expect(words).to_contain_text(read)
    around = (row(page, "the one above"), row(page, "the one below"), hostile.locator("td").nth(2))
    before = await pictures(*around)
    box = await hostile.bounding_box()
    assert box is not None
    assert box["height"] < 200
    assert not await page.evaluate(IS_WIDER)
    await words.evaluate(HIDE)
    assert await pictures(*around) == before
    assert await page.evaluate(RAN) == "undefined"


@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.parametrize(("body", "read"), BODIES.values(), ids=BODIES)
async def test_on_its_own_page_too(
    windows: Windows, site: Server, body: str, read: str, width: int
) -> None:
    page = await opened(windows, site, width, body=body)
    await messages(page).locator("tbody tr").nth(1).get_by_role("link").click()
    words = page.get_by_role("region", name="Text of the message")
    await expect(words).to_contain_text(read)
    around = (page.get_by_role("heading", level=1), page.locator("dl.facts").first)
    before = await pictures(*around)
    assert not await page.evaluate(IS_WIDER)
    await words.evaluate(HIDE)
    assert await pictures(*around) == before
    assert await page.evaluate(RAN) == "undefined"


async def test_ids_networks_and_error_codes_are_text_too(windows: Windows, site: Server) -> None:
    hostile = "</a>\"'><img src=x onerror=ran=1>/../?#%2e&amp;"
    page = await opened(windows, site, WIDE, id=hostile, network=hostile[:100], body="the one")
    await expect(messages(page).locator("tbody tr").nth(1)).to_contain_text(hostile)
    await page.get_by_text("Totals by network").click()
    totals = page.get_by_role("region", name="Totals by network")
    await expect(totals.get_by_role("rowheader", name=hostile)).to_be_visible()
    await messages(page).locator("tbody tr").nth(1).get_by_role("link").click()
    await expect(page.locator("dd.id code")).to_have_text(hostile)
    assert await page.evaluate(RAN) == "undefined"


@pytest.mark.parametrize("odd", ["..", "%2e%2e", "a//b/../c", "line\nfeed", "?#&+ %00"])
async def test_no_id_keeps_its_message_from_being_opened(
    windows: Windows, site: Server, odd: str
) -> None:
    page = await opened(windows, site, WIDE, id=odd, body="the one")
    await messages(page).locator("tbody tr").nth(1).get_by_role("link").click()
    await expect(page.get_by_role("region", name="Text of the message")).to_have_text("the one")
    assert await page.locator("dd.id code").text_content() == odd
