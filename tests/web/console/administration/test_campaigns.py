"""Campaigns are made and named."""

import pytest

from smsledger.store.store import Store
from tests.web.console.administration.conftest import next_url
from tests.web.console.conftest import Visitor

PLACE = "/admin/campaigns"


async def place_of(store: Store, name: str) -> str:
    [found] = [each.id for each in await store.campaigns() if each.name == name]
    return f"{PLACE}/{found}"


async def test_a_campaign_is_made_and_listed_with_its_programs(
    admin: Visitor, store: Store
) -> None:
    answer = await admin.submit(PLACE, on=PLACE, name=" Autumn ")
    assert "Campaign “Autumn” is saved." in (await admin.get(next_url(answer))).text
    assert [each.name for each in await store.campaigns()] == ["Autumn", "Default Campaign"]


async def test_a_campaign_is_renamed(admin: Visitor, store: Store) -> None:
    place = await place_of(store, "Default Campaign")
    assert 'value="Default Campaign"' in (await admin.get(place)).text
    answer = await admin.submit(place, on=place, name="Renamed")
    assert answer.status_code == 303
    assert "Renamed" in (await admin.get("/programs")).text


@pytest.mark.parametrize("name", ["", "x" * 51, "Default Campaign"])
async def test_what_does_not_fit_is_said_at_the_field(
    admin: Visitor, store: Store, name: str
) -> None:
    await store.create_campaign("Autumn")
    place = await place_of(store, "Autumn")
    for path in (PLACE, place):
        answer = await admin.submit(path, on=path, name=name)
        assert answer.status_code == 422
        assert 'id="name-says" class="problem"' in answer.text
        assert f'value="{name}"' in answer.text


@pytest.mark.parametrize("name", ["999", "x", "%00"])
async def test_a_campaign_that_is_not_there_is_a_page(admin: Visitor, name: str) -> None:
    assert (await admin.get(f"{PLACE}/{name}")).status_code == 404


async def test_a_form_of_another_site_changes_nothing(admin: Visitor, store: Store) -> None:
    for path in (PLACE, await place_of(store, "Default Campaign")):
        assert (await admin.post(path, data={"name": "Theirs"})).status_code == 403
    assert [each.name for each in await store.campaigns()] == ["Default Campaign"]
