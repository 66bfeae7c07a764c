"""A file from the page is the file of the API."""

import pytest
from playwright.async_api import Page

from tests.browser.reports import report
from tests.browser.windows import Windows
from tests.formats.reading import sheets, table
from tests.server import Server

FILTERS = {"messageType": "MT", "deliveryStatus": "Undelivered,Error"}
QUERY = "messageType=MT&deliveryStatus=Undelivered&deliveryStatus=Error"
BYTES = {"CSV": "csv", "CSV for Excel": "csv-excel", "NDJSON": "ndjson"}


async def downloaded(page: Page, label: str) -> tuple[str, bytes]:
    """The name of a file of the menu, and what it holds."""
    await page.get_by_text("Export", exact=True).click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name=label, exact=True).click()
    file = await download.value
    return file.suggested_filename, (await file.path()).read_bytes()


def exported(site: Server, name: str) -> bytes:
    with site.client() as client:
        answer = client.get(f"{site.program_url}/export", params={**FILTERS, "format": name})
    assert answer.status_code == 200
    return answer.content


@pytest.mark.parametrize("label", BYTES)
async def test_a_file_of_text_is_the_same_byte_for_byte(
    windows: Windows, site: Server, label: str
) -> None:
    page = await windows.open(report(query=QUERY))
    name, data = await downloaded(page, label)
    assert name.startswith("121811")
    assert len(data) > 500
    assert data == exported(site, BYTES[label])


@pytest.mark.engines("sqlite")
async def test_a_workbook_has_the_same_messages(windows: Windows, site: Server) -> None:
    page = await windows.open(report(query=QUERY))
    name, data = await downloaded(page, "Excel workbook")
    assert name.endswith(".xlsx")
    assert sheets(data) == sheets(exported(site, "xlsx"))


@pytest.mark.engines("sqlite")
async def test_a_table_has_the_same_messages(windows: Windows, site: Server) -> None:
    page = await windows.open(report(query=QUERY))
    name, data = await downloaded(page, "Parquet")
    assert name.endswith(".parquet")
    assert table(data).num_rows > 3
    assert table(data).equals(table(exported(site, "parquet")))
