"""Every page, on a phone and on a wide screen, light and dark: axe finds nothing."""

from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.browser.reports import report
from tests.browser.sites import undelivered
from tests.browser.windows import NOBODY, PHONE, WIDE, Windows

pytestmark = pytest.mark.engines("sqlite")
AS_NOBODY = ["/sign-in"]
PAGES = [
    "/programs",
    "/programs?q=nothing of the kind",
    report(),
    report(query="number=nobody"),
    report(query="deliveryStatus=Undelivered&zone=Europe/Berlin"),
    f"{report()}/message?id={undelivered()[0]['id']}",
    "/nowhere",
]
OPENED = "for (const each of document.querySelectorAll('details')) each.open = true"
IS_WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def found(page: Page) -> list[Any]:
    """What axe says of the page as it is, and with all that can be opened."""
    as_it_is = await Axe().run(page)
    await page.evaluate(OPENED)
    opened = await Axe().run(page)
    return [each for each in (as_it_is, opened) if each.violations_count]


async def look_at(page: Page, scheme: Literal["light", "dark"]) -> None:
    for width in (PHONE, WIDE):
        await page.set_viewport_size({"width": width, "height": 900})
        # A colour that is just changing has another contrast.
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        reports = [result.generate_report() for result in await found(page)]
        assert reports == [], f"{page.url} at {width} pixels, {scheme}:\n" + "\n".join(reports)
        assert not await page.evaluate(IS_WIDER), f"{page.url} is wider than {width} pixels"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_accessible(
    windows: Windows, path: str, scheme: Literal["light", "dark"]
) -> None:
    await look_at(await windows.open(path), scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", AS_NOBODY)
async def test_a_page_for_everybody_is_accessible(
    windows: Windows, path: str, scheme: Literal["light", "dark"]
) -> None:
    await look_at(await windows.open(path, user=NOBODY), scheme)
