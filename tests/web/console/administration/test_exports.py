"""Who exported what is seen by administrators of all programs."""

import re

import pytest

from tests.application import application, walk
from tests.making import PROGRAM, YESTERDAY
from tests.store.test_export_log import make_entry
from tests.web.api.test_pages import fill

PLACE = "/admin/exports"


async def fill_log(store, count=120):
    for number in range(count):
        entry = make_entry(
            export_id=b"export %d" % number,
            username=f"user-{number % 3}",
            program_id=(PROGRAM, 7)[number % 2],
            began_at=YESTERDAY + number,
            reached=1000 + number,
        )
        await store.enter_export(entry)


def counts(page):
    """The messages of each entry of a page."""
    found = re.findall(r'class="number"><span>([0-9,]+)', page.text)
    return [int(text.replace(",", "")) for text in found]


def older(page):
    found = re.search(r'href="([^"]+)" rel="next"', page.text)
    return found and found[1].replace("&amp;", "&")


async def test_an_export_is_listed_with_its_filters_and_its_count(admin, store, store_url):
    await fill(store, 12)
    async with application(store, store_url) as api:
        await walk(api, pageSize=5, network=["T-Mobile", "AT&T, LLC", ""], number="15556667777")
    page = (await admin.get(PLACE)).text
    for shown in ("tester", "Summer Sale", "pages", "network: AT&amp;T, LLC", "(not known)"):
        assert shown in page
    assert "number: 15556667777" in page
    assert "not to the end" not in page


async def test_the_log_is_read_page_by_page_from_the_newest_on(admin, store):
    await fill_log(store)
    found, url = [], PLACE
    while url:
        page = await admin.get(url)
        found, url = found + counts(page), older(page)
    assert found == [1000 + number for number in reversed(range(120))]
    assert "To the newest" in page.text


async def test_the_log_of_a_credential_or_a_program_is_read_by_pages_too(admin, store):
    await fill_log(store, 220)
    for asked, fitting in (
        ("?user=user-1", lambda number: number % 3 == 1),
        ("?program=7", lambda number: number % 2),
        ("?user=user-1&program=7", lambda number: number % 3 == 1 and number % 2),
    ):
        found, url = [], PLACE + asked
        while url:
            page = await admin.get(url)
            found, url = found + counts(page), older(page)
        assert found == [1000 + number for number in reversed(range(220)) if fitting(number)]


async def test_opt_outs_are_listed_with_every_program_and_it_is_said_why(admin, store):
    opt_outs = {"program_id": 0, "kind": "opt-outs csv", "filters": "shortCode=20880"}
    await store.enter_export(make_entry(reached=3, **opt_outs))
    for asked, said in (("?program=7", True), ("?user=etl", False), ("", False)):
        page = await admin.get(PLACE + asked)
        assert counts(page) == [3]
        assert ("they are listed too" in page.text) == said


async def test_a_program_that_is_none_is_told_at_its_field(admin, store):
    await fill_log(store, 3)
    page = await admin.get(f"{PLACE}?program=x")
    assert page.status_code == 422
    assert "Must be a whole number from 1, at most 18 digits." in page.text
    assert counts(page) == []


async def test_a_misspelt_filter_does_not_show_more_than_was_meant(admin, store):
    await fill_log(store, 3)
    page = await admin.get(f"{PLACE}?programId=7&users=etl")
    assert page.status_code == 400
    assert "no parameter &#39;programId&#39;" in page.text
    assert "no parameter &#39;users&#39;" in page.text


async def test_an_address_that_was_changed_shows_the_newest(admin, store):
    await fill_log(store, 3)
    for before in ("x", "1", "1.zz", "9" * 40, "1.abc"):
        assert len(counts(await admin.get(f"{PLACE}?before={before}"))) == 3


async def test_what_was_exported_of_a_deleted_program_is_still_told(admin, store):
    await fill_log(store, 2)
    page = (await admin.get(PLACE)).text
    assert '7 <small class="tag">deleted</small>' in page
    assert f'<a href="/programs/{PROGRAM}">' in page


async def test_markup_in_the_log_is_shown_as_text(admin, store):
    await store.enter_export(make_entry(username="<b>x</b>", filters="network=%3Cscript%3E"))
    page = (await admin.get(PLACE)).text
    assert "<b>x" not in page
    assert "<script>" not in page.split("<main")[1]


@pytest.mark.parametrize(("scope", "programs"), [("report", ()), ("admin", (PROGRAM,))])
async def test_the_log_is_for_administrators_of_all_programs(visit, scope, programs):
    visitor = await visit(scope, programs=programs)
    assert (await visitor.get(PLACE)).status_code == 403


async def test_a_report_s_file_has_an_entry_of_its_own_kind(admin, store):
    await fill(store, 3)
    assert (await admin.get(f"/programs/{PROGRAM}/export?format=csv-excel")).status_code == 200
    assert "report csv-excel" in (await admin.get(PLACE)).text
