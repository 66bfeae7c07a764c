"""Message Reports: what the filters say is what is shown, and is what the API tells."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.reports import PAGE_SIZE, messages, report, row, shown, told
from tests.browser.sites import undelivered
from tests.browser.windows import PHONE, WIDE, Windows
from tests.server import Server

pytestmark = pytest.mark.engines("sqlite")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def turn(page: Page, name: str) -> None:
    """To another page of the report."""
    pages = page.get_by_role("navigation", name="Pages of messages")
    await pages.get_by_role("link", name=name, exact=True).click()


@pytest.mark.parametrize("width", [PHONE, WIDE])
async def test_filters_show_what_the_api_tells(windows: Windows, site: Server, width: int) -> None:
    page = await windows.open(report(), width=width)
    await page.get_by_label("Type").select_option(label="MT, sent to handsets")
    await page.get_by_label("Undelivered").check()
    await page.get_by_label("Error").check()
    await press(page, "Show")
    await expect(page).to_have_url(re.compile("messageType=MT"))
    expected = told(site, messageType="MT", deliveryStatus="Undelivered,Error")
    assert await shown(page) == expected[:PAGE_SIZE]
    await expect(page.get_by_label("Undelivered")).to_be_checked()
    await expect(page.get_by_role("main")).to_contain_text(f"{len(expected)} messages")


async def test_a_number_has_its_messages_and_no_chart(windows: Windows, site: Server) -> None:
    page = await windows.open(report())
    [wanted, *_] = undelivered()
    await page.get_by_label("Number").fill(f"+{wanted['number']}")
    await press(page, "Show")
    await expect(messages(page).get_by_role("row")).to_have_count(2)
    assert await shown(page) == [wanted["id"]]
    await expect(page.get_by_text("not shown for single numbers")).to_be_visible()
    await expect(page.locator("canvas")).to_have_count(0)


async def test_networks_are_ticked(windows: Windows, site: Server) -> None:
    page = await windows.open(report())
    await page.get_by_text("All", exact=True).click()
    await page.get_by_role("checkbox", name="Vodafone").check()
    await page.get_by_role("checkbox", name="Not known").check()
    await page.locator("form details[open] > summary").click()
    await press(page, "Show")
    await expect(page).to_have_url(re.compile("network=Vodafone"))
    expected = told(site, network=["Vodafone", ""])
    assert len(expected) > 1
    assert await shown(page) == expected[:PAGE_SIZE]


async def test_pages_go_back_and_forth_without_a_gap(windows: Windows, site: Server) -> None:
    page = await windows.open(report())
    expected = told(site)
    for at in (0, 1, 2):
        assert await shown(page) == expected[at * PAGE_SIZE : (at + 1) * PAGE_SIZE]
        await turn(page, "Older")
        await page.wait_for_url(re.compile("older="))
    for at in (2, 1):
        await turn(page, "Newer")
        await page.wait_for_url(re.compile("newer="))
        assert await shown(page) == expected[at * PAGE_SIZE : (at + 1) * PAGE_SIZE]
    await turn(page, "Newest")
    await expect(page).to_have_url(f"{site.url}{report()}")
    assert await shown(page) == expected[:PAGE_SIZE]


async def test_dates_are_by_the_clock_of_a_zone_that_is_shown(
    windows: Windows, site: Server
) -> None:
    page = await windows.open(report())
    await expect(messages(page)).to_contain_text("Date (GMT)")
    [*_, last] = undelivered()
    await page.get_by_label("Time zone").select_option("Asia/Tokyo")
    hour = f"{last['date'][:10]}T10:00"  # GMT's first hour
    await page.get_by_label("From").fill(hour)
    await page.get_by_label("To, inclusive").fill(hour)
    await press(page, "Show")
    await expect(messages(page)).to_contain_text("Date (Asia/Tokyo)")
    assert last["id"] in await shown(page)
    await expect(row(page, last["body"]).get_by_role("link")).to_have_text(re.compile(" 10:00:00"))


async def test_what_is_wrong_is_told_at_its_field(windows: Windows) -> None:
    page = await windows.open(report())
    await page.get_by_label("Number").fill("nobody")
    await press(page, "Show")
    await expect(page.get_by_role("alert")).to_be_visible()
    field = page.get_by_label("Number")
    await expect(field).to_have_value("nobody")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(re.compile("1 to 20 digits"))


async def test_a_message_tells_what_became_of_it(windows: Windows, site: Server) -> None:
    [*_, last] = undelivered()
    receipt = {"id": last["id"], "deliveryStatus": "Undelivered", "text": "err:30003"}
    site.post([receipt], "/receipts")
    page = await windows.open(report(query=f"number={last['number']}"))
    await row(page, last["body"]).get_by_role("link").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(last["number"])
    await expect(page.get_by_role("region", name="Text of the message")).to_have_text(last["body"])
    history = page.get_by_role("main").get_by_role("list").get_by_role("listitem")
    await expect(history.first).to_contain_text("first saw")
    await expect(history.last).to_contain_text("err:30003")


async def test_the_id_and_the_line_for_a_shell_are_copied(windows: Windows, site: Server) -> None:
    page = await windows.open(report())
    for name, text in (("Copy the program id", "121811"), ("Copy the curl line", "curl --user")):
        button = page.get_by_role("button", name=name)
        await button.click()
        await expect(button).to_have_text("Copied")
        assert (await page.evaluate("navigator.clipboard.readText()")).startswith(text)
