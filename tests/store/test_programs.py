"""Programs and campaigns as an administrator changes them."""

import asyncio
from typing import Any

import msgspec
import pytest

from smsledger.errors import ProgramInactive, ProgramNotFound
from smsledger.store.errors import Changed, Missing, Taken
from smsledger.store.store import Store
from tests.making import PROGRAM, make_message, make_program
from tests.store.changing import change
from tests.store.reading import program_of


async def test_a_program_is_changed_in_every_fact_but_its_id(store: Store) -> None:
    changed = make_program(
        name="Winter Sale",
        type="Voting",
        campaign="Another Campaign",
        short_code="20999",
        keywords=("SNOW", "VOTE"),
        is_default=True,
    )
    await change(store, changed)
    assert await store.program(PROGRAM) == changed
    assert await store.programs() == [changed]


async def test_a_changed_keyword_leads_to_the_program_at_once_and_the_old_one_no_more(
    store: Store,
) -> None:
    assert await store.route("20880", "JOIN") == PROGRAM
    await change(store, make_program(keywords=("COME",)))
    assert await store.route("20880", "COME") == PROGRAM
    assert await store.route("20880", "JOIN") is None


async def test_a_program_without_a_code_any_more_frees_it_for_another(store: Store) -> None:
    await change(store, make_program(short_code=None, keywords=()))
    made = await store.create_program(make_program(id=7, name="Other"))
    assert await store.route("20880", "JOIN") == made.id


async def test_of_two_who_change_what_they_both_have_seen_one_is_told(store: Store) -> None:
    was = await program_of(store)
    names = ("Winter Sale", "Autumn Sale")
    both = (store.update_program(make_program(name=name), was=was) for name in names)
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(map(type, results), key=str) == [type(None), Changed]
    kept = names[results.index(None)]
    assert (await program_of(store)).name == kept


@pytest.mark.parametrize("what", [{"active": False}, {"keywords": ("COME",)}, {"campaign": "New"}])
async def test_a_program_that_another_has_changed_stays_as_it_is(
    store: Store, what: dict[str, Any]
) -> None:
    was = await program_of(store)
    await change(store, make_program(**what))
    with pytest.raises(Changed):
        await store.update_program(make_program(name="Mine", campaign="Mine too"), was=was)
    assert await store.program(PROGRAM) == make_program(**what)
    assert "Mine too" not in {each.name for each in await store.campaigns()}


async def test_a_change_of_nothing_is_no_collision_with_itself(store: Store) -> None:
    default = make_program(is_default=True)
    await change(store, default)
    await change(store, default)
    assert await store.program(PROGRAM) == default


@pytest.mark.parametrize(
    ("same", "field"),
    [
        ({"name": "Other"}, "name"),
        ({"keywords": ("NEW", "OTHER")}, "keywords"),
        ({"is_default": True}, "is_default"),
    ],
)
async def test_what_is_another_program_s_changes_nothing_and_names_its_field(
    store: Store, same: dict[str, Any], field: str
) -> None:
    other = make_program(id=7, name="Other", keywords=("OTHER",), is_default=True)
    await store.create_program(other)
    with pytest.raises(Taken) as taken:
        await change(store, make_program(campaign="Unheard Of", **same))
    assert taken.value.field == field
    assert await store.program(PROGRAM) == make_program()
    assert "Unheard Of" not in [each.name for each in await store.campaigns()]


async def test_a_program_that_is_changed_to_be_inactive_takes_no_messages(store: Store) -> None:
    await change(store, make_program(active=False))
    with pytest.raises(ProgramInactive):
        await store.record_messages(PROGRAM, [make_message()])


async def test_a_program_that_is_not_there_cannot_be_changed(store: Store) -> None:
    with pytest.raises(ProgramNotFound):
        await change(store, make_program(id=7, name="Other", keywords=()))
    assert len(await store.programs()) == 1


async def test_of_two_who_make_a_program_of_one_name_one_is_told(store: Store) -> None:
    same = [make_program(id=0, name="Twice", keywords=()) for _ in range(2)]
    made = await asyncio.gather(*map(store.create_program, same), return_exceptions=True)
    [taken] = [each for each in made if isinstance(each, Taken)]
    assert (taken.field, len(await store.programs())) == ("name", 2)


async def test_campaigns_are_listed_by_name_those_without_a_program_too(store: Store) -> None:
    made = await store.create_campaign("Autumn")
    names = [each.name for each in await store.campaigns()]
    assert names == ["Autumn", "Default Campaign"]
    assert made in await store.campaigns()


async def test_a_renamed_campaign_is_the_campaign_of_its_programs(store: Store) -> None:
    [campaign] = await store.campaigns()
    await store.program(PROGRAM)
    await store.rename_campaign(campaign.id, "Renamed")
    assert (await program_of(store)).campaign == "Renamed"
    assert await store.campaigns() == [msgspec.structs.replace(campaign, name="Renamed")]


async def test_a_campaign_s_name_is_its_own(store: Store) -> None:
    made = await store.create_campaign("Autumn")
    with pytest.raises(Taken) as taken:
        await store.create_campaign("Autumn")
    assert taken.value.field == "name"
    with pytest.raises(Taken):
        await store.rename_campaign(made.id, "Default Campaign")
    with pytest.raises(Missing):
        await store.rename_campaign(made.id + 1, "Winter")
