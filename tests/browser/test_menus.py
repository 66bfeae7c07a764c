"""An open menu is in nobody's way, and closes when somebody goes on."""

from typing import Any

import pytest
from playwright.async_api import expect
from playwright.async_api._generated import Page

from tests.browser.reports import report
from tests.browser.windows import PHONE, WIDE, Windows

pytestmark = pytest.mark.engines("sqlite")


async def with_open_networks(windows: Windows, **how: Any) -> Page:
    page = await windows.open(report(), **how)
    await page.locator("#network-choice > summary").click()
    await expect(page.get_by_role("checkbox", name="Not known")).to_be_visible()
    return page


@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.parametrize("scripts", [True, False])
async def test_networks_are_chosen_and_shown_without_closing_their_list(
    windows: Windows, width: int, scripts: bool
) -> None:
    page = await with_open_networks(windows, width=width, scripts=scripts)
    await page.get_by_role("checkbox", name="Not known").check()
    await page.get_by_role("button", name="Show", exact=True).click(timeout=5000)
    await page.wait_for_url(lambda url: "network=" in url)


async def test_a_click_elsewhere_closes_a_menu(windows: Windows) -> None:
    page = await with_open_networks(windows)
    await page.get_by_role("heading", level=1).click(timeout=5000)
    await expect(page.get_by_role("checkbox", name="Not known")).to_be_hidden()


async def test_escape_closes_a_menu_and_leads_back_to_it(windows: Windows) -> None:
    page = await with_open_networks(windows)
    await page.get_by_role("checkbox", name="Not known").focus()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("checkbox", name="Not known")).to_be_hidden()
    await expect(page.locator("#network-choice > summary")).to_be_focused()
