"""Administration as somebody does it with a browser: programs, credentials, one-time links."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope
from smsledger.store import open_store
from smsledger.store.store import Store
from tests.browser.windows import PHONE, WIDE, Windows
from tests.making import PROGRAM
from tests.server import Server

pytestmark = pytest.mark.engines("sqlite")
NOBODY = ("", "")
PAGES = (
    "/admin/programs",
    "/admin/programs/new",
    f"/admin/programs/{PROGRAM}",
    "/admin/campaigns",
    "/admin/unrouted",
    "/admin/exports",
    "/admin/credentials",
    "/admin/credentials/new",
)
Result = TypeVar("Result")
IS_WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def with_store_of(site: Server, work: Callable[[Store], Awaitable[Result]]) -> Result:
    store = await open_store(site.store_url)
    try:
        return await work(store)
    finally:
        await store.close()


@pytest.fixture
async def root(site: Server) -> tuple[str, str]:
    """The user name and the secret of an administrator."""
    name, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    credential = Credential(username=name, scopes=frozenset({Scope.ADMIN}))
    await with_store_of(site, lambda store: store.create_credential(credential, digest_of(secret)))
    return name, secret


async def fill(page: Page, **fields: Any) -> None:
    for label, text in fields.items():
        await page.get_by_label(label.replace("_", " "), exact=True).fill(text)


@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.parametrize("scripts", [True, False])
async def test_a_program_is_made_and_what_is_wrong_is_mended_at_its_field(
    windows: Windows, root: tuple[str, str], width: int, scripts: bool
) -> None:
    page = await windows.open("/admin/programs/new", width=width, scripts=scripts, user=root)
    name = f"Made {secrets.token_hex(4)}"
    await fill(page, Name=name, Type="Voting", Campaign="Spring", Short_code="SHOP")
    await page.keyboard.press("Enter")
    code = page.get_by_label("Short code")
    await expect(code).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Name", exact=True)).to_have_value(name)
    await code.fill("")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text(f"“{name}” is saved.")
    await expect(page.get_by_role("row", name=name)).to_contain_text("Spring")


async def test_an_issued_secret_signs_its_owner_in(
    windows: Windows, site: Server, root: tuple[str, str]
) -> None:
    page = await windows.open("/admin/credentials/new", user=root)
    owner = secrets.token_hex(4)
    await fill(page, User_name=owner)
    await page.get_by_label("report: sign in here").check()
    await page.get_by_role("button", name="Issue").click()
    await page.get_by_role("button", name="Copy the secret").click()
    await expect(page.get_by_role("button", name="Copy the secret")).to_have_text("Copied")
    shown = await page.locator("code.secret").inner_text()
    assert await page.evaluate("navigator.clipboard.readText()") == shown
    theirs = await windows.open("/programs", user=(owner, shown))
    await expect(theirs.get_by_role("heading", name="Programs")).to_be_visible()
    await expect(theirs.get_by_role("link", name="Administration")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_one_time_link_shows_a_secret_once(
    windows: Windows, site: Server, scripts: bool
) -> None:
    owner, token = secrets.token_hex(4), secrets.token_urlsafe(32)

    async def invite(store: Store) -> None:
        await store.create_credential(Credential(username=owner, scopes=frozenset({Scope.REPORT})))
        ends = instant.now() + instant.DAY
        await store.invite(owner, digest_of(token), ends, 0)

    await with_store_of(site, invite)
    page = await windows.open(f"/reveal/{token}", width=PHONE, scripts=scripts, user=NOBODY)
    await page.get_by_role("button", name="Show the secret").click()
    assert len(await page.locator("code.secret").inner_text()) == 43
    await page.goto(f"/reveal/{token}")
    await expect(page.get_by_role("heading", name="This link was used")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, WIDE])
async def test_the_pages_are_accessible_and_fit(
    windows: Windows, root: tuple[str, str], width: int, scheme: str
) -> None:
    page = await windows.open(width=width, scheme=scheme, user=root)
    for path in PAGES:
        await page.goto(path)
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert not await page.evaluate(IS_WIDER), path
