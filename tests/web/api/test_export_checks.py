"""Whole exports that compare each message with its check value, where a setting says so."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from smsledger.store.store import Store
from tests.application import EXPORT, application
from tests.damaging import change_a_byte
from tests.making import PROGRAM, make_message
from tests.web.test_errors import assert_envelope

FILTERS = {
    "none": {},
    "a status": {"deliveryStatus": "Sent"},
    "numbers": {"number": "15556667777,1555"},
    "a network": {"network": "T-Mobile", "deliveryStatus": "Sent"},
    "a type": {"messageType": "MT"},
}


@pytest.fixture
async def checking(store: Store, store_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The application with checked exports."""
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(3)])
    async with application(store, store_url, export_checks="on") as client:
        yield client


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
async def test_an_export_of_sound_messages_passes_and_one_of_damaged_messages_fails(
    checking: httpx.AsyncClient, store_url: str, filters: dict[str, str]
) -> None:
    answer = await checking.get(EXPORT, params=filters)
    assert answer.text.count("complete message") == 3
    await asyncio.to_thread(change_a_byte, store_url)
    assert_envelope(await checking.get(EXPORT, params=filters), 500, "store_damaged")


async def test_without_the_setting_an_export_sends_what_is_stored(
    store: Store, store_url: str, api: httpx.AsyncClient
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    await asyncio.to_thread(change_a_byte, store_url)
    assert "completf" in (await api.get(EXPORT)).text
