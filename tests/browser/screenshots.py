"""Pictures of the main pages; `python -m tests.browser.screenshots` writes them into the docs."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from operator import methodcaller
from pathlib import Path
from typing import Any

import httpx
import msgspec
from playwright.async_api import expect

from smsledger.cli.common import with_store
from smsledger.demo.sample import SHORT_CODE
from tests.browser.reports import report
from tests.browser.windows import PHONE, WIDE, Windows
from tests.chromium import chromium
from tests.docs.pages import DOCS
from tests.making import make_program
from tests.server import Server, smsledger

PICTURES = DOCS / "screenshots"
MAX_BYTES = 250_000
# A program's messages, and what it is called.
PROGRAMS = {
    121811: (40_000, {"name": "Summer Sale", "type": "Text to Join", "keywords": ("JOIN",)}),
    121812: (10_000, {"name": "Store Hours", "type": "Text for Info", "keywords": ("HOURS",)}),
    121813: (4000, {"name": "Song of the Week", "type": "Voting", "keywords": ("SONG",)}),
}
USER = "ana"
ADMIN = ("--user", USER, "--scope", "admin", "--json")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it is photographed: where it is, what has to stand on it, in what window.

    `first` is a link that leads there from `path`, by a part of its text.
    """

    path: str
    shows: str
    first: str | None = None
    width: int = WIDE
    height: int = 900
    scheme: str = "light"


REPORT: dict[str, Any] = {"path": report(query="pageSize=25"), "shows": "Totals"}
PICTURED = {
    "programs": Picture(path="/programs", shows="Song of the Week", height=420),
    "message-reports": Picture(**REPORT, height=1400),
    "message-reports-dark": Picture(**REPORT, scheme="dark"),
    "message-reports-phone": Picture(**REPORT, width=PHONE, height=1000),
    "message": Picture(
        path=report(query="deliveryStatus=Delivered"), first="20", shows="History", height=600
    ),
    "opt-outs": Picture(path=f"/opt-outs?code={SHORT_CODE}", shows="STOP", height=700),
    "administration": Picture(path="/admin/credentials", shows=USER, height=600),
    "exports": Picture(path="/admin/exports", shows="csv", height=500),
}


def take(folder: Path) -> None:
    """Write all pictures into a folder.

    Raises:
        AssertionError: a page lacks what it should show, or complains, or its picture is too large.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, demonstration(Path(scratch)) as site:
        asyncio.run(_photograph(site, folder))


@contextmanager
def demonstration(folder: Path) -> Iterator[Server]:
    """The server of a ledger with a year of three programs, one of which was exported."""
    store_url = f"sqlite:///{folder}/ledger.db"
    smsledger("migrate", "--store", store_url)
    for number, (messages, named) in PROGRAMS.items():
        program = make_program(id=number, short_code=SHORT_CODE, **named)
        with_store(store_url, methodcaller("create_program", program))
        fill = ("sample", "--store", store_url, "--seed", str(number))
        smsledger(*fill, "--program", str(number), "--messages", str(messages))
    created = smsledger("credential", "create", "--store", store_url, *ADMIN)
    site = Server(store_url)
    site.auth = (USER, json.loads(created)["secret"])
    try:
        exported = f"{site.program_url}/export?format=csv"
        httpx.get(exported, auth=site.auth, timeout=60).raise_for_status()
        yield site
    finally:
        site.kill()


async def _photograph(site: Server, folder: Path) -> None:
    async with chromium() as browser:
        windows = Windows(browser, site)
        for name, picture in PICTURED.items():
            await _take(windows, picture, folder / f"{name}.png")
        await windows.close()
    assert windows.complaints == []


async def _take(windows: Windows, picture: Picture, file: Path) -> None:
    page = await windows.open(picture.path, width=picture.width, scheme=picture.scheme)
    await page.set_viewport_size({"width": picture.width, "height": picture.height})
    if picture.first:
        await page.get_by_role("link", name=picture.first).first.click()
    await expect(page.get_by_text(picture.shows).first).to_be_attached()
    taken = await page.screenshot(path=file, animations="disabled")
    assert len(taken) <= MAX_BYTES, f"{file} is too large"


if __name__ == "__main__":
    take(Path(sys.argv[1]) if sys.argv[1:] else PICTURES)
