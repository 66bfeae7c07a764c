"""Scripts are blocked: the report is forms and links."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.reports import PAGE_SIZE, messages, shown, told
from tests.browser.windows import NOBODY, PHONE, WIDE, Windows
from tests.server import Server


@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.engines("sqlite")
async def test_one_signs_in_filters_turns_pages_and_downloads(
    windows: Windows, site: Server, width: int
) -> None:
    page = await windows.open("/", width=width, user=NOBODY, scripts=False)
    await page.get_by_label("User name").fill(site.auth[0])
    await page.get_by_label("Secret").fill(site.auth[1])
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="Summer Sale").click()
    await page.get_by_label("Type").select_option("MT")
    await page.get_by_role("button", name="Show", exact=True).click()
    expected = told(site, messageType="MT")
    assert await shown(page) == expected[:PAGE_SIZE]
    await page.get_by_role("link", name="Older").click()
    await page.wait_for_url(re.compile("older="))
    assert await shown(page) == expected[PAGE_SIZE : 2 * PAGE_SIZE]
    await page.get_by_role("link", name="Newer").click()
    await expect(page).to_have_url(re.compile(r"messageType=MT[^/]*$"))
    assert await shown(page) == expected[:PAGE_SIZE]
    await page.get_by_text("Export", exact=True).click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="NDJSON").click()
    lines = (await (await download.value).path()).read_text().splitlines()
    assert len(lines) == len(expected)


@pytest.mark.engines("sqlite")
async def test_nothing_is_offered_that_needs_them(windows: Windows) -> None:
    page = await windows.open("/programs/121811", scripts=False)
    await expect(messages(page)).to_be_visible()
    for name in ("Copy", "Pause"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await page.get_by_text("These figures as a table").click()
    figures = page.get_by_role("region", name="by delivery status")
    await expect(figures.get_by_role("columnheader", name="Delivered", exact=True)).to_be_visible()


@pytest.mark.engines("sqlite")
async def test_one_signs_out(windows: Windows, site: Server) -> None:
    page = await windows.open("/programs", scripts=False)
    await page.get_by_text(site.auth[0]).click()
    await page.get_by_role("button", name="Sign out everywhere").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.goto("/programs")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
