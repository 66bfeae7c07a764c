"""Who exported what is seen by administrators of all programs."""

import re

import httpx
import pytest

from smsledger.store.store import Store
from tests.application import application, walk
from tests.making import PROGRAM, YESTERDAY
from tests.store.test_export_log import make_entry
from tests.web.api.test_pages import fill
from tests.web.console.conftest import Visit, Visitor

PLACE = "/admin/exports"


async def fill_log(store: Store, count: int = 120) -> None:
    for number in range(count):
        entry = make_entry(
            export_id=b"export %d" % number,
            username=f"user-{number % 3}",
            program_id=(PROGRAM, 7)[number % 2],
            began_at=YESTERDAY + number,
            reached=1000 + number,
        )
        await store.enter_export(entry)


def counts(page: httpx.Response) -> list[int]:
    """The messages of each entry of a page."""
    found = re.findall(r'class="number"><span>([0-9,]+)', page.text)
    return [int(text.replace(",", "")) for text in found]


def older(page: httpx.Response) -> str:
    found = re.search(r'href="([^"]+)" rel="next"', page.text)
    return found[1].replace("&amp;", "&") if found else ""


async def test_an_export_is_listed_with_its_filters_and_its_count(
    admin: Visitor, store: Store, store_url: str
) -> None:
    await fill(store, 12)
    async with application(store, store_url) as api:
        await walk(api, pageSize=5, network=["T-Mobile", "AT&T, LLC", ""], number="15556667777")
    page = (await admin.get(PLACE)).text
    for shown in ("tester", "Summer Sale", "pages", "network: AT&amp;T, LLC", "(not known)"):
        assert shown in page
    assert "number: 15556667777" in page
    assert "not to the end" not in page


async def test_the_log_is_read_page_by_page_from_the_newest_on(
    admin: Visitor, store: Store
) -> None:
    await fill_log(store)
    found: list[int] = []
    url = PLACE
    while url:
        page = await admin.get(url)
        found, url = found + counts(page), older(page)
    assert found == [1000 + number for number in reversed(range(120))]
    assert "To the newest" in page.text


async def test_the_log_of_a_credential_or_a_program_is_read_by_pages_too(
    admin: Visitor, store: Store
) -> None:
    await fill_log(store, 220)
    of_user, of_program = set(range(1, 220, 3)), set(range(1, 220, 2))
    for asked, fitting in (
        ("?user=user-1", of_user),
        ("?program=7", of_program),
        ("?user=user-1&program=7", of_user & of_program),
    ):
        found: list[int] = []
        url = PLACE + asked
        while url:
            page = await admin.get(url)
            found, url = found + counts(page), older(page)
        assert found == [1000 + number for number in sorted(fitting, reverse=True)]


async def test_opt_outs_are_listed_with_every_program_and_it_is_said_why(
    admin: Visitor, store: Store
) -> None:
    opt_outs = {"program_id": 0, "kind": "opt-outs csv", "filters": "shortCode=20880"}
    await store.enter_export(make_entry(reached=3, **opt_outs))
    for asked, said in (("?program=7", True), ("?user=etl", False), ("", False)):
        page = await admin.get(PLACE + asked)
        assert counts(page) == [3]
        assert ("they are listed too" in page.text) == said


async def test_a_program_that_is_none_is_told_at_its_field(admin: Visitor, store: Store) -> None:
    await fill_log(store, 3)
    page = await admin.get(f"{PLACE}?program=x")
    assert page.status_code == 422
    assert "Must be a whole number from 1, at most 18 digits." in page.text
    assert counts(page) == []


async def test_a_misspelt_filter_does_not_show_more_than_was_meant(
    admin: Visitor, store: Store
) -> None:
    await fill_log(store, 3)
    page = await admin.get(f"{PLACE}?programId=7&users=etl")
    assert page.status_code == 400
    assert "no parameter &#39;programId&#39;" in page.text
    assert "no parameter &#39;users&#39;" in page.text


async def test_an_address_that_was_changed_shows_the_newest(admin: Visitor, store: Store) -> None:
    await fill_log(store, 3)
    for before in ("x", "1", "1.zz", "9" * 40, "1.abc"):
        assert len(counts(await admin.get(f"{PLACE}?before={before}"))) == 3


async def test_what_was_exported_of_a_deleted_program_is_still_told(
    admin: Visitor, store: Store
) -> None:
    await fill_log(store, 2)
    page = (await admin.get(PLACE)).text
    assert '7 <small class="tag">deleted</small>' in page
    assert f'<a href="/programs/{PROGRAM}">' in page


async def test_markup_in_the_log_is_shown_as_text(admin: Visitor, store: Store) -> None:
    await store.enter_export(make_entry(username="<b>x</b>", filters="network=%3Cscript%3E"))
    page = (await admin.get(PLACE)).text
    assert "<b>x" not in page
    assert "<script>" not in page.split("<main")[1]


@pytest.mark.parametrize(("scope", "programs"), [("report", ()), ("admin", (PROGRAM,))])
async def test_the_log_is_for_administrators_of_all_programs(
    visit: Visit, scope: str, programs: tuple[int, ...]
) -> None:
    visitor = await visit(scope, programs=programs)
    assert (await visitor.get(PLACE)).status_code == 403


async def test_a_report_s_file_has_an_entry_of_its_own_kind(admin: Visitor, store: Store) -> None:
    await fill(store, 3)
    assert (await admin.get(f"/programs/{PROGRAM}/export?format=csv-excel")).status_code == 200
    assert "report csv-excel" in (await admin.get(PLACE)).text
