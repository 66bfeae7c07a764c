"""Somebody who has read nothing finds a program's id, what was not delivered, and a file of it.

Each step is by what is to be seen: names of fields, buttons and links.
"""

import csv
import io

import pytest
from playwright.async_api import Page, expect

from smsledger.ledger import instant
from tests.browser.reports import messages
from tests.browser.sites import monday, undelivered
from tests.browser.windows import NOBODY, PHONE, WIDE, Windows
from tests.server import Server

LAST_WEEK = {
    "startDate": instant.render_seconds(monday(1)),
    "endDate": instant.render_seconds(monday() - instant.SECOND),
}


async def find_the_program(page: Page, user: str, secret: str) -> None:
    await page.get_by_label("User name").fill(user)
    await page.get_by_label("Secret").fill(secret)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="Summer Sale").click()


async def ask_for_last_weeks_undelivered(page: Page) -> None:
    await page.get_by_label("Undelivered").check()
    await page.get_by_role("button", name="Last week").click()
    await expect(page.get_by_label("From")).to_have_value(LAST_WEEK["startDate"][:16])


async def take_the_file(page: Page) -> str:
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="CSV", exact=True).click()
    return (await (await download.value).path()).read_text()


@pytest.mark.parametrize("width", [PHONE, WIDE])
async def test_a_new_user_finds_the_id_last_weeks_undelivered_and_a_file(
    windows: Windows, site: Server, width: int
) -> None:
    page = await windows.open("/", width=width, user=NOBODY)
    await find_the_program(page, *site.auth)
    await expect(page.get_by_role("definition").first).to_contain_text("121811")
    await page.get_by_role("button", name="Copy the program id").click()
    assert await page.evaluate("navigator.clipboard.readText()") == "121811"
    await ask_for_last_weeks_undelivered(page)
    there = list(site.walk(deliveryStatus="Undelivered", **LAST_WEEK))
    assert len(there) >= len(undelivered()) - 1
    await expect(messages(page).locator("tbody").get_by_role("row")).to_have_count(len(there))
    rows = list(csv.DictReader(io.StringIO(await take_the_file(page))))
    assert [row["number"] for row in rows] == [message["number"] for message in there]
