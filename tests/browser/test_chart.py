"""The chart is drawn: its canvas has the colours of what it shows."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.reports import report
from tests.browser.windows import PHONE, WIDE, Windows

# How many pixels of the canvas have each delivery status's own colour.
DRAWN = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const colour = `rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`;
    if (data[at + 3] === 255) found.set(colour, (found.get(colour) || 0) + 1);
  }
  const legend = [...document.querySelectorAll(".legend .status")];
  const own = (mark) => getComputedStyle(mark, "::before").backgroundColor;
  return Object.fromEntries(legend.map((mark) => [mark.textContent, found.get(own(mark)) || 0]));
}"""


async def drawn(page: Page) -> dict[str, int]:
    canvas = page.get_by_role("img", name="Chart of messages").locator("canvas")
    await expect(canvas).to_be_visible()
    pixels: dict[str, int] = await canvas.evaluate(DRAWN)
    return pixels


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.engines("sqlite")
async def test_every_delivery_status_is_drawn_in_its_colour(
    windows: Windows, width: int, scheme: str
) -> None:
    page = await windows.open(report(query="messageType=MT"), width=width, scheme=scheme)
    pixels = await drawn(page)
    assert {"Delivered", "Sent", "Undelivered"} <= set(pixels)
    # On a phone a bar is about a pixel wide, so how many pixels have its pure colour depends on
    # the day of the year. 986 were seen. Without bars there are none.
    assert pixels["Delivered"] > 500
    assert pixels["Delivered"] > pixels["Sent"]


async def test_only_what_is_filtered_is_drawn(windows: Windows) -> None:
    page = await windows.open(report(query="deliveryStatus=Undelivered"))
    pixels = await drawn(page)
    assert list(pixels) == ["Undelivered"]
    assert pixels["Undelivered"] > 0


@pytest.mark.engines("sqlite")
async def test_the_figures_stand_in_a_table_too(windows: Windows) -> None:
    page = await windows.open(report(query="deliveryStatus=Undelivered"))
    await page.get_by_text("These figures as a table").click()
    table = page.get_by_role("region", name="by delivery status").get_by_role("table")
    await expect(table.get_by_role("columnheader", name="Undelivered")).to_be_visible()
    figures = await table.get_by_role("cell").all_text_contents()
    total = await page.get_by_role("list", name="Totals").locator(".number").text_content()
    assert sum(map(int, figures)) == int(total or "")


@pytest.mark.engines("sqlite")
async def test_the_arrow_keys_lead_through_the_chart_and_each_period_is_announced(
    windows: Windows,
) -> None:
    page = await windows.open(report())
    chart = page.get_by_role("img", name="Chart of messages")
    await expect(chart.locator("canvas")).to_be_visible()
    await chart.focus()
    await page.keyboard.press("ArrowLeft")
    says = page.locator("#chart-says[aria-live=polite]")
    await expect(says).not_to_be_empty()
    last = await says.text_content() or ""
    await page.keyboard.press("ArrowLeft")
    await expect(says).not_to_have_text(last)
