"""Errors are pages, from which one can go on."""

import pytest
from playwright.async_api import expect

from smsledger.accounts.provisioning import digest_of
from smsledger.cli.common import with_store
from smsledger.ledger.model import Credential, Scope
from tests.browser.sites import OTHER
from tests.browser.windows import Windows
from tests.databases import Databases
from tests.server import Server

AWAY = "The ledger is away for a moment"


@pytest.fixture
def of_one_program(site: Server) -> tuple[str, str]:
    """A credential for the reports of one program."""
    credential = Credential(
        username="of one", scopes=frozenset({Scope.REPORT}), programs=frozenset({OTHER})
    )
    with_store(site.store_url, lambda store: store.create_credential(credential, digest_of("s")))
    return credential.username, "s"


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("path", ["/nowhere", "/programs/99", "/programs/121811/message?id=none"])
async def test_what_is_not_there_is_told_with_a_way_on(windows: Windows, path: str) -> None:
    page = await windows.open(path)
    await expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    await page.get_by_role("link", name="To the programs").click()
    await expect(page.get_by_role("heading", name="Programs")).to_be_visible()


@pytest.mark.engines("sqlite")
async def test_somebody_elses_programs_are_not_there(
    windows: Windows, of_one_program: tuple[str, str]
) -> None:
    page = await windows.open("/programs", user=of_one_program)
    await expect(page.get_by_role("link", name="Store Hours")).to_be_visible()
    await expect(page.get_by_role("link", name="Summer Sale")).to_have_count(0)
    await page.goto("/programs/121811")
    await expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


@pytest.mark.engines("postgres")
async def test_a_page_comes_back_by_itself_when_the_store_does(
    windows: Windows, site: Server, databases: Databases
) -> None:
    page = await windows.open("/programs/121811")
    databases.cluster.stop("immediate")
    try:
        await page.goto("/programs")
        await expect(page.get_by_role("heading", name=AWAY)).to_be_visible()
    finally:
        databases.cluster.start()
    await expect(page.get_by_role("heading", name="Programs")).to_be_visible()
    await expect(page.get_by_role("link", name="Summer Sale")).to_be_visible()
