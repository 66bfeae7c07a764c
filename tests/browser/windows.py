"""Windows of a browser at a site: each its own visitor, watched for what no page may do."""

import re
from contextlib import suppress
from typing import Any

import httpx
from playwright.async_api import Browser, BrowserContext, Page, expect
from playwright.async_api import Error as PlaywrightError

from tests.server import Server

PHONE, WIDE = 390, 1440
NOBODY = ("", "")
PATIENCE = 60_000  # milliseconds; a busy machine is no reason to fail
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
# The browser itself says so of every answer that is an error, whatever the page does about it.
_ANSWERED = "Failed to load resource: the server responded with a status of "


class Windows:
    """Opens windows at one site, and knows what any of them complained about or asked of others."""

    def __init__(self, browser: Browser, site: Server) -> None:
        self._browser, self._site = browser, site
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.asked_elsewhere: list[str] = []

    async def open(
        self,
        path: str = "/programs",
        *,
        width: int = WIDE,
        scheme: str = "light",
        scripts: bool = True,
        user: tuple[str, str] | None = None,
    ) -> Page:
        """A window that shows a page of the site to a user who is signed in: the site's own,
        unless another is named; or to NOBODY."""
        context = await self._context(width, scheme, scripts)
        user = self._site.auth if user is None else user
        if any(user):
            await context.add_cookies([await self._session(*user)])
        page = await context.new_page()
        self._watch(context, page)
        await page.goto(path)
        return page

    async def close(self) -> None:
        """Close all of them."""
        for context in self._contexts:
            with suppress(PlaywrightError):
                await context.close()

    async def _context(self, width: int, scheme: Any, scripts: bool) -> BrowserContext:
        expect.set_options(timeout=PATIENCE)
        context = await self._browser.new_context(
            base_url=self._site.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=scripts,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        return context

    async def _session(self, username: str, secret: str) -> Any:
        async with httpx.AsyncClient(base_url=self._site.url, timeout=30) as client:
            [csrf] = _CSRF.findall((await client.get("/sign-in")).text)
            fields = {"csrf": csrf, "username": username, "secret": secret}
            answer = await client.post("/sign-in", data=fields)
            assert answer.status_code == 303, answer.text
            return {
                "name": "smsledger_session",
                "value": client.cookies["smsledger_session"],
                "url": self._site.url,
            }

    def _watch(self, context: BrowserContext, page: Page) -> None:
        context.on("request", lambda request: self._asked(request.url))
        page.on("console", lambda message: self._said(message.type, message.text))
        page.on("pageerror", lambda error: self._said("error", str(error)))

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self._site.url}/", "blob:", "data:")):
            self.asked_elsewhere.append(url)

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(_ANSWERED):
            self.complaints.append(text)
