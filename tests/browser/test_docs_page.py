"""/docs, which asks nobody but our server."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.windows import Windows
from tests.server import Server

pytestmark = pytest.mark.engines("sqlite")


async def test_the_page_shows_every_operation_and_asks_no_validator(windows: Windows) -> None:
    page = await windows.open("/docs")
    for name in ("exportMessages", "ingestMessages", "ingestReceipts", "getHealth"):
        await expect(page.locator(f"[id$={name}]")).to_be_visible()
    await page.locator("[id$=exportMessages] button.opblock-summary-control").click()
    await expect(page.get_by_text("One page of a program's messages")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    assert await page.locator("img[src*=validator], a[href*=validator]").count() == 0


async def authorize(page: Page, user: str, secret: str) -> None:
    await page.get_by_role("button", name="Authorize").first.click()
    await page.get_by_label("auth-basic-username").fill(user)
    await page.get_by_label("auth-basic-password").fill(secret)
    await page.locator(".auth-btn-wrapper button[type=submit]").click()
    await page.get_by_role("button", name="Close").last.click()


async def test_an_operation_can_be_tried_from_the_page(windows: Windows, site: Server) -> None:
    page = await windows.open("/docs")
    operation = page.locator("[id$=exportMessages]")
    answered = operation.locator(".live-responses-table td.response-col_status").last
    await operation.locator("button.opblock-summary-control").click()
    await operation.get_by_role("button", name="Try it out").click()
    await operation.get_by_role("button", name="Execute").click()
    await expect(answered).to_contain_text("401")
    await authorize(page, *site.auth)
    await operation.get_by_role("button", name="Execute").click()
    await expect(answered).to_contain_text("200")
