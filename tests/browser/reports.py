"""A program's Message Reports as they stand in a window, and as the API tells them."""

from typing import Any

import httpx
from playwright.async_api import Locator, Page

from tests.making import PROGRAM
from tests.server import Server

PAGE_SIZE = 50
_IDS = "links => links.map(link => new URL(link.href).searchParams.get('id'))"


def report(program: int = PROGRAM, query: str = "") -> str:
    """The address of a program's report."""
    return f"/programs/{program}" + (f"?{query}" if query else "")


def messages(page: Page) -> Locator:
    """The table of messages."""
    return page.get_by_role("region", name="Messages, newest first")


def row(page: Page, text: str) -> Locator:
    """The message that has a text."""
    return messages(page).get_by_role("row").filter(has_text=text)


async def shown(page: Page) -> list[str]:
    """The ids of the messages on the page, from its top."""
    links = messages(page).locator("tbody th a")
    ids: list[str] = await links.evaluate_all(_IDS)
    return ids


def told(site: Server, **filters: Any) -> list[str]:
    """The ids of the same messages by the API, newest first."""
    return [message["id"] for message in site.walk(include="id", **filters)][::-1]


def post(site: Server, program: int, *rows: dict[str, Any], to: str = "") -> None:
    """Messages or receipts, from a gateway."""
    url = f"{site.url}/api/messages/program/{program}{to}"
    answer = httpx.post(url, json=list(rows), auth=site.auth, timeout=60)
    assert answer.json()["data"]["rejected"] == 0, answer.text
