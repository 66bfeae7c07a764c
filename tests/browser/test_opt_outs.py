"""Who has opted out, as somebody looks for it: a code typed in, pages, a file."""

import asyncio
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from smsledger.demo.sample import SHORT_CODE
from tests.browser.windows import PHONE, WIDE, Windows
from tests.server import Server

pytestmark = pytest.mark.engines("sqlite")

IS_WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize(("width", "scripts"), [(PHONE, False), (WIDE, True)])
async def test_a_code_is_typed_in_and_its_opt_outs_turned_page_by_page(
    windows: Windows, width: int, scripts: bool
) -> None:
    page = await windows.open("/opt-outs", width=width, scripts=scripts)
    await page.get_by_label("Short code").fill(SHORT_CODE)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name=f"Opt-outs of {SHORT_CODE}")).to_be_visible()
    await expect(page.locator("tbody tr").first).to_contain_text("STOP")
    first = await page.locator("tbody th").first.inner_text()
    if await page.get_by_role("link", name="After").count():
        await page.get_by_role("link", name="After").click()
        await page.get_by_role("link", name="From the beginning").click()
    await expect(page.locator("tbody th").first).to_have_text(first)


async def test_the_file_is_the_api_s_answer(windows: Windows, site: Server) -> None:
    page = await windows.open(f"/opt-outs?code={SHORT_CODE}")
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Download CSV").click()
    download = await downloading.value
    assert download.suggested_filename == f"opt-outs-{SHORT_CODE}.csv"
    path = f"{site.url}/api/opt-outs/{SHORT_CODE}?format=csv"
    async with httpx.AsyncClient(auth=site.auth, timeout=60) as client:
        wire = (await client.get(path)).raise_for_status()
    file = await asyncio.to_thread(Path(await download.path()).read_bytes)
    assert file == wire.content
    assert len(wire.text.splitlines()) > 2


@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", [SHORT_CODE, "20881", "99"])
async def test_the_page_is_accessible(windows: Windows, width: int, scheme: str, code: str) -> None:
    page = await windows.open(f"/opt-outs?code={code}", width=width, scheme=scheme)
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not await page.evaluate(IS_WIDER)


async def test_on_a_phone_the_table_needs_no_scrolling_sideways(windows: Windows) -> None:
    page = await windows.open(f"/opt-outs?code={SHORT_CODE}", width=PHONE)
    table = page.get_by_role("region", name=f"Opt-outs of {SHORT_CODE}")
    assert await table.evaluate("it => it.scrollWidth === it.clientWidth")
