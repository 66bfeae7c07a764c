"""Programs are made and changed at forms that lose nothing."""

import asyncio

import httpx
import pytest

from smsledger.store.store import Store
from tests.making import PROGRAM, make_program
from tests.store.changing import change
from tests.store.reading import program_of
from tests.store.test_consent import make_mo
from tests.web.console.administration.conftest import done_at, next_url
from tests.web.console.conftest import Visit, Visitor

NEW = "/admin/programs/new"
EDIT = f"/admin/programs/{PROGRAM}"
FIELDS = {
    "name": "Store Hours",
    "type": "Text for Info",
    "campaign": "Default Campaign",
    "short_code": "20881",
    "keywords": "hours, Open",
}


async def edited(admin: Visitor, **fields: str) -> httpx.Response:
    """Sends the form of the program as it stands, but for some fields."""
    shown = {"type": "Text to Join", "campaign": "Default Campaign", "short_code": "20880"}
    stored = {"name": "Summer Sale", "keywords": "JOIN", "active": "1", **shown}
    was = (await admin.get(EDIT)).text.partition('name="was" value="')[2][:16]
    return await admin.submit(EDIT, on=EDIT, **{"was": was, **stored, **fields})


async def test_a_program_is_made_and_shown(admin: Visitor, store: Store) -> None:
    answer = await admin.submit(NEW, on=NEW, **FIELDS)
    assert answer.status_code == 303
    assert "Program 121812 “Store Hours” is saved." in (await admin.get(next_url(answer))).text
    made = await program_of(store, PROGRAM + 1)
    assert (made.keywords, made.short_code, made.is_default) == (("HOURS", "OPEN"), "20881", False)


async def test_a_program_can_have_an_id_of_its_own_and_be_its_code_s_default(
    admin: Visitor, store: Store
) -> None:
    await admin.submit(NEW, on=NEW, **{**FIELDS, "id": "7", "keywords": ""})
    assert (await program_of(store, 7)).is_default


async def test_all_that_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    admin: Visitor, store: Store
) -> None:
    wrong = {"name": "x" * 51, "short_code": "SHOP<b>", "keywords": "JOIN!", "id": "-1"}
    answer = await admin.submit(NEW, on=NEW, **{**FIELDS, **wrong})
    assert answer.status_code == 422
    for name in wrong:
        assert f'id="{name}-says" class="problem"' in answer.text
    for typed in ("x" * 51, "SHOP&lt;b&gt;", "JOIN!", "-1", "Text for Info"):
        assert f'value="{typed}"' in answer.text
    assert len(await store.programs()) == 1


async def test_an_opt_out_word_is_refused_as_a_keyword_but_one_there_already_may_stay(
    admin: Visitor, store: Store
) -> None:
    new = await admin.submit(NEW, on=NEW, **{**FIELDS, "keywords": "hours stop"})
    for answer in (new, await edited(admin, keywords="JOIN STOP")):
        assert answer.status_code == 422
        assert "&#39;STOP&#39; is an opt-out word and cannot be a keyword" in answer.text
    await change(store, make_program(keywords=("JOIN", "STOP")))
    assert (await edited(admin, keywords="JOIN STOP", name="New")).status_code == 303


async def test_the_list_of_programs_says_that_a_rebuild_is_due(
    admin: Visitor, store: Store
) -> None:
    notice = "Run <code>smsledger opt-outs rebuild</code>"
    await store.record_messages(PROGRAM, [make_mo("COME")])
    assert notice not in (await admin.get("/admin/programs")).text
    await edited(admin, keywords="JOIN COME")
    assert notice in (await admin.get("/admin/programs")).text


@pytest.mark.parametrize(
    ("field", "same"),
    [
        ("name", {"name": "Summer Sale"}),
        ("id", {"id": str(PROGRAM)}),
        ("keywords", {"short_code": "20880", "keywords": "other join"}),
        ("default", {"short_code": "20880", "default": "1"}),
    ],
)
async def test_what_is_another_program_s_is_said_at_its_field(
    admin: Visitor, store: Store, field: str, same: dict[str, str]
) -> None:
    default = {"id": 7, "name": "Rest", "keywords": (), "is_default": True}
    await store.create_program(make_program(**default))
    answer = await admin.submit(NEW, on=NEW, **{**FIELDS, **same})
    assert answer.status_code == 422
    said = answer.text.partition(f'id="{field}-says" class="problem">')[2]
    assert said.startswith("Another program has")


async def test_of_two_who_make_the_same_one_is_told(admin: Visitor, store: Store) -> None:
    same = [admin.submit(NEW, on=NEW, **FIELDS) for _ in range(2)]
    answers = await asyncio.gather(*same)
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert len(await store.programs()) == 2


@pytest.mark.parametrize("fields", [{"keywords": "JOIN"}, {"keywords": "", "default": "1"}])
async def test_what_leads_to_a_program_needs_a_code(admin: Visitor, fields: dict[str, str]) -> None:
    answer = await admin.submit(NEW, on=NEW, **{**FIELDS, "short_code": "", **fields})
    assert 'id="short_code-says" class="problem">A program with keywords' in answer.text


async def test_a_program_is_changed(admin: Visitor, store: Store) -> None:
    answer = await edited(admin, name="Winter Sale", keywords="snow", campaign="Cold")
    assert done_at(answer) == f"/admin/programs?saved={PROGRAM}"
    changed = await program_of(store)
    assert (changed.name, changed.keywords, changed.campaign) == ("Winter Sale", ("SNOW",), "Cold")


async def test_the_form_shows_the_program_as_it_is(admin: Visitor, store: Store) -> None:
    await change(store, make_program(is_default=True, active=False))
    page = (await admin.get(EDIT)).text
    for shown in ('value="Summer Sale"', 'value="20880"', 'value="JOIN"'):
        assert shown in page
    assert 'name="default" value="1" checked' in page
    assert 'name="active" value="1" checked' not in page


async def test_a_box_that_is_not_ticked_deactivates_the_program(
    admin: Visitor, store: Store
) -> None:
    await edited(admin, active="")
    assert not (await program_of(store)).active
    assert "deactivated" in (await admin.get("/admin/programs")).text


async def test_who_edits_what_another_has_changed_is_told_and_may_insist(
    admin: Visitor, store: Store
) -> None:
    was = (await admin.get(EDIT)).text.partition('name="was" value="')[2][:16]
    await change(store, make_program(type="Voting"))
    answer = await edited(admin, was=was, name="Mine")
    assert answer.status_code == 409
    assert "<dd>Voting</dd>" in answer.text
    assert 'value="Mine"' in answer.text
    assert (await program_of(store)).name == "Summer Sale"
    await edited(admin, name="Mine")
    assert (await program_of(store)).name == "Mine"


async def test_of_two_who_save_at_the_same_time_one_is_told(admin: Visitor, store: Store) -> None:
    was = (await admin.get(EDIT)).text.partition('name="was" value="')[2][:16]
    both = (edited(admin, was=was, name=name) for name in ("Mine", "Yours"))
    answers = sorted(await asyncio.gather(*both), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [303, 409]
    assert (await program_of(store)).name in {"Mine", "Yours"}
    assert "Somebody else has changed this program" in answers[1].text


@pytest.mark.parametrize("path", [NEW, EDIT, "/admin/programs/7", "/admin/programs/x"])
async def test_a_form_of_another_site_changes_nothing(
    admin: Visitor, store: Store, path: str
) -> None:
    answer = await admin.post(path, data=FIELDS)
    assert answer.status_code in {400, 403, 404}
    assert await store.programs() == [make_program()]


async def test_a_program_that_is_not_there_is_a_page(admin: Visitor) -> None:
    assert (await admin.get("/admin/programs/7")).status_code == 404


@pytest.mark.parametrize(
    ("scope", "programs"), [("report", ()), ("admin", (PROGRAM,)), ("report", (PROGRAM,))]
)
@pytest.mark.parametrize("place", ["", "/programs", "/campaigns", "/unrouted", "/credentials"])
async def test_administration_is_for_administrators_of_all_programs(
    visit: Visit, scope: str, programs: tuple[int, ...], place: str
) -> None:
    visitor = await visit(scope, programs=programs)
    answer = await visitor.get(f"/admin{place}")
    assert answer.status_code == 403
    assert "This is not for you" in answer.text


async def test_of_many_programs_one_is_found_by_what_one_knows_of_it(
    admin: Visitor, store: Store
) -> None:
    for n in range(201):
        await store.create_program(make_program(id=0, name=f"Program {n}", keywords=()))
    page = (await admin.get("/admin/programs")).text
    assert "202 programs; the first 200 are shown." in page
    assert "Program 200<" not in page
    page = (await admin.get("/admin/programs?q=program+200")).text
    assert ("Program 200<" in page, "Summer Sale" in page) == (True, False)
    assert "No program fits" in (await admin.get("/admin/programs?q=nothing")).text


async def test_who_is_not_signed_in_is_led_there(browser: Visitor) -> None:
    answer = await browser.get("/admin")
    assert answer.headers["location"] == "/sign-in?next=%2Fadmin"


async def test_administration_begins_with_the_programs(admin: Visitor) -> None:
    answer = await admin.get("/admin")
    assert answer.headers["location"] == "/admin/programs"
    page = await admin.get("/admin/programs")
    assert page.headers["cache-control"] == "no-store"
    assert 'href="/admin/unrouted"' in page.text
