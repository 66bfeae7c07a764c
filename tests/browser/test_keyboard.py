"""From the sign-in to a file with nothing but a keyboard."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.reports import shown, told
from tests.browser.windows import NOBODY, PHONE, WIDE, Windows
from tests.server import Server

pytestmark = pytest.mark.engines("sqlite")
MOST_STEPS = 80
IS_SEEN = """element => {
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  return outlineStyle !== "none" || boxShadow !== "none";
}"""


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the element has the focus, and the focus can be seen."""
    await expect(target).to_have_count(1)
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        if await target.evaluate("element => element === document.activeElement"):
            assert await target.evaluate(IS_SEEN)
            return
    raise AssertionError(f"{target} is not reached")


async def press(page: Page, target: Locator, key: str = "Enter") -> None:
    await tab_to(page, target)
    await page.keyboard.press(key)


async def sign_in(page: Page, user: str, secret: str) -> None:
    await tab_to(page, page.get_by_label("User name"))
    await page.keyboard.type(user)
    await tab_to(page, page.get_by_label("Secret"))
    await page.keyboard.type(secret)
    await press(page, page.get_by_role("button", name="Sign in"))


@pytest.mark.parametrize("width", [PHONE, WIDE])
async def test_a_report_is_filtered_and_downloaded_by_keyboard(
    windows: Windows, site: Server, width: int
) -> None:
    page = await windows.open("/", width=width, user=NOBODY)
    await sign_in(page, *site.auth)
    await press(page, page.get_by_role("link", name="Summer Sale"))
    await press(page, page.get_by_label("Undelivered"), "Space")
    await press(page, page.get_by_role("button", name="Show", exact=True))
    await expect(page).to_have_url(re.compile("deliveryStatus=Undelivered"))
    assert await shown(page) == told(site, deliveryStatus="Undelivered")[:50]
    await press(page, page.get_by_text("Export", exact=True))
    async with page.expect_download() as download:
        await press(page, page.get_by_role("link", name="NDJSON"))
    assert (await (await download.value).path()).stat().st_size > 0


async def test_a_message_and_older_pages_are_reached_by_keyboard(windows: Windows) -> None:
    page = await windows.open("/programs/121811?pageSize=25")
    await press(page, page.get_by_role("link", name="Older"))
    await expect(page).to_have_url(re.compile("older="))
    first = page.get_by_role("region", name="Messages, newest first").get_by_role("link").first
    await press(page, first)
    await expect(page).to_have_url(re.compile("/message[?]id="))


async def test_the_first_key_leads_past_the_menu(windows: Windows) -> None:
    page = await windows.open("/programs")
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
