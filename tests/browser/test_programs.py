"""The list of the programs, and a program's id."""

import pytest
from playwright.async_api import expect

from tests.browser.windows import PHONE, WIDE, Windows

pytestmark = pytest.mark.engines("sqlite")


@pytest.mark.parametrize("width", [PHONE, WIDE])
async def test_a_program_is_searched_for_by_what_one_knows_of_it(
    windows: Windows, width: int
) -> None:
    page = await windows.open(width=width)
    await page.get_by_role("searchbox", name="Search programs").fill("hours")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_role("link", name="Store Hours")).to_be_visible()
    await expect(page.get_by_role("link", name="Summer Sale")).to_have_count(0)


async def test_the_messages_of_a_month_are_a_line(windows: Windows) -> None:
    page = await windows.open()
    line = page.get_by_role("row", name="Summer Sale").get_by_role("img", name="last 30 days")
    box = await line.locator("path").bounding_box()
    assert box is not None
    assert box["width"] > 50
    assert box["height"] > 5
