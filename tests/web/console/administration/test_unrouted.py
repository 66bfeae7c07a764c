"""Messages that found no program are seen and assigned."""

import asyncio
from typing import Any

import pytest

from smsledger.ledger.model import Outcome, Unrouted
from smsledger.store.store import Store
from tests.making import PROGRAM, YESTERDAY, make_program
from tests.store.reading import message_of
from tests.web.console.administration.conftest import next_url
from tests.web.console.conftest import Visitor

PLACE = "/admin/unrouted"
SCRIPT = "<script>alert(1)</script>"


async def keep(store: Store, **what_matters: Any) -> int:
    plausible: dict[str, Any] = {
        "gateway": "kannel",
        "id": "u-1",
        "sender": "15556667777",
        "body": "Hours please",
        "reason": "no program on short code 20881",
        "received_at": YESTERDAY,
        "short_code": "20881",
    }
    await store.keep_unrouted(Unrouted(**{**plausible, **what_matters}))
    return (await store.unrouted(0, 1000))[-1].ordinal


async def test_what_waits_is_listed_with_its_reason_and_where_it_would_go(
    admin: Visitor, store: Store
) -> None:
    await keep(store, body=SCRIPT)
    page = (await admin.get(PLACE)).text
    assert "no program on short code 20881" in page
    assert SCRIPT not in page
    assert 'href="/admin/programs/new?short_code=20881"' in page
    code = {"short_code": "20881", "keywords": (), "is_default": True}
    await store.create_program(make_program(id=7, name="Hours", **code))
    assert "7 Hours</span>" in (await admin.get(PLACE)).text


async def test_the_form_of_a_new_program_has_the_code_already(admin: Visitor) -> None:
    assert 'value="20881"' in (await admin.get("/admin/programs/new?short_code=20881")).text


async def test_the_chosen_are_assigned_and_the_others_wait(admin: Visitor, store: Store) -> None:
    first, second = await keep(store), await keep(store, id="u-2")
    answer = await admin.submit(PLACE, on=PLACE, ordinal=first, program=PROGRAM)
    assert answer.status_code == 303
    page = (await admin.get(next_url(answer))).text
    assert f"1 message is assigned to program {PROGRAM} “Summer Sale”." in page
    assert [each.ordinal for each in await store.unrouted(0, 10)] == [second]
    assert (await message_of(store, "u-1"))["number"] == "15556667777"


async def test_all_of_a_page_are_assigned_and_pages_follow_each_other(
    admin: Visitor, store: Store
) -> None:
    for n in range(60):
        await keep(store, id=f"u-{n}")
    page = (await admin.get(PLACE)).text
    shown = [part.partition('"')[0] for part in page.split('name="shown" value="')[1:]]
    assert (len(shown), f"{PLACE}?after={shown[-1]}" in page) == (50, True)
    await admin.submit(PLACE, on=PLACE, shown=shown, all="1", program=PROGRAM)
    assert len(await store.unrouted(0, 100)) == 10


async def test_assigning_twice_does_no_harm_and_is_told(admin: Visitor, store: Store) -> None:
    ordinal = await keep(store)
    twice = [admin.submit(PLACE, on="/programs", ordinal=ordinal, program=PROGRAM) for _ in "ab"]
    answers = sorted(await asyncio.gather(*twice), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [303, 422]
    again = await admin.submit(PLACE, on="/programs", ordinal=ordinal, program=PROGRAM)
    assert f"{ordinal} does not wait any more: it was assigned already" in again.text


async def test_a_sender_that_is_no_number_needs_one(admin: Visitor, store: Store) -> None:
    ordinal = await keep(store, sender="SHOP")
    chosen = {"ordinal": ordinal, "program": PROGRAM}
    answer = await admin.submit(PLACE, on=PLACE, **chosen)
    assert (answer.status_code, "is not a number: give one" in answer.text) == (422, True)
    assert f'value="{ordinal}" checked' in answer.text
    assert f'<option value="{PROGRAM}" selected>' in answer.text
    answer = await admin.submit(PLACE, on=PLACE, number="+15550000000", **chosen)
    assert answer.status_code == 303
    assert (await message_of(store, "u-1"))["number"] == "15550000000"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ordinal": "1"}, "Choose a program."),
        ({"ordinal": "1", "program": "x"}, "Must be a whole number"),
        ({"ordinal": "1", "program": "7"}, "no program 7"),
        ({"program": str(PROGRAM)}, "Choose the messages to assign."),
        ({"program": str(PROGRAM), "ordinal": ["x", "-1", "1" * 30]}, "Choose the messages"),
        ({"program": str(PROGRAM), "ordinal": "1", "number": "12"}, "3 to 20 digits."),
    ],
)
async def test_what_does_not_fit_is_told_and_assigns_nothing(
    admin: Visitor, store: Store, fields: dict[str, Any], said: str
) -> None:
    await keep(store)
    answer = await admin.submit(PLACE, on=PLACE, **fields)
    assert answer.status_code == 422
    assert said.lower() in answer.text.lower()
    assert len(await store.unrouted(0, 10)) == 1


async def test_of_those_that_are_assigned_before_an_error_it_is_told(
    admin: Visitor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assign, ordinals = type(store).assign, [await keep(store, id=f"u-{n}") for n in range(3)]

    async def then_deactivated(store: Store, *given: Any) -> Outcome:
        outcome = await assign(store, *given)
        await store.set_active(PROGRAM, active=False)
        return outcome

    monkeypatch.setattr(type(store), "assign", then_deactivated)
    answer = await admin.submit(PLACE, on=PLACE, ordinal=ordinals, program=PROGRAM)
    assert answer.status_code == 422
    assert f"1 message is assigned to program {PROGRAM}" in answer.text
    assert "The others wait on:" in answer.text
    assert f"Program {PROGRAM} is deactivated and takes no new messages." in answer.text
    assert [each.ordinal for each in await store.unrouted(0, 10)] == ordinals[1:]


async def test_of_those_that_are_left_of_the_chosen_it_is_told(
    admin: Visitor, store: Store
) -> None:
    gone, waiting = await keep(store), await keep(store, id="u-2")
    await admin.submit(PLACE, on=PLACE, ordinal=gone, program=PROGRAM)
    answer = await admin.submit(PLACE, on=PLACE, ordinal=[gone, waiting], program=PROGRAM)
    assert f"1 message is assigned to program {PROGRAM}" in answer.text
    assert f"{gone} does not wait any more" in answer.text


async def test_a_deactivated_program_takes_nothing(admin: Visitor, store: Store) -> None:
    ordinal = await keep(store)
    await store.set_active(PROGRAM, active=False)
    answer = await admin.submit(PLACE, on=PLACE, ordinal=ordinal, program=PROGRAM)
    assert "takes no new messages." in answer.text
    assert len(await store.unrouted(0, 10)) == 1


async def test_a_form_of_another_site_assigns_nothing(admin: Visitor, store: Store) -> None:
    ordinal = await keep(store)
    answer = await admin.post(PLACE, data={"ordinal": ordinal, "program": PROGRAM})
    assert answer.status_code == 403
    assert len(await store.unrouted(0, 10)) == 1


async def test_an_empty_list_says_so(admin: Visitor) -> None:
    assert "No message waits for a program." in (await admin.get(PLACE)).text
    assert "No more messages wait." in (await admin.get(f"{PLACE}?after=5")).text
    assert (await admin.get(f"{PLACE}?after=x&assigned=-1")).status_code == 200
