"""Signing in and out, as somebody does it with a keyboard and a mouse."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.windows import NOBODY, PHONE, WIDE, Windows
from tests.server import Server


async def sign_in(page: Page, user: str, secret: str) -> None:
    await page.get_by_label("User name").fill(user)
    await page.get_by_label("Secret").fill(secret)
    await page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("width", [PHONE, WIDE])
async def test_who_signs_in_comes_to_what_they_had_asked_for(
    windows: Windows, site: Server, width: int
) -> None:
    page = await windows.open("/programs?q=store", width=width, user=NOBODY)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await sign_in(page, *site.auth)
    await expect(page).to_have_url(f"{site.url}/programs?q=store")
    await expect(page.get_by_role("link", name="Store Hours")).to_be_visible()
    await expect(page.get_by_role("link", name="Summer Sale")).to_have_count(0)


@pytest.mark.engines("sqlite")
async def test_a_wrong_secret_is_told_and_the_name_stays(windows: Windows, site: Server) -> None:
    page = await windows.open("/sign-in", user=NOBODY)
    await sign_in(page, site.auth[0], "not it")
    await expect(page.get_by_role("alert")).to_contain_text("secret")
    await expect(page.get_by_label("User name")).to_have_value(site.auth[0])
    await expect(page.get_by_label("Secret")).to_have_value("")


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("width", [PHONE, WIDE])
async def test_who_has_signed_out_sees_nothing_any_more(
    windows: Windows, site: Server, width: int
) -> None:
    page = await windows.open(width=width)
    await page.get_by_text(site.auth[0]).click()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page).to_have_url(re.compile("/sign-in"))
    await page.goto("/programs")
    await expect(page.get_by_label("Secret")).to_be_visible()
