from typing import Any

import pytest

from smsledger.store.store import Store
from tests.application import PAGES, application
from tests.making import PROGRAM, make_message

FORWARDED = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "sms.example:8443",
    "x-forwarded-prefix": "/ledger",
}


async def origin(store: Store, store_url: str, headers: dict[str, str], **settings: Any) -> str:
    """What the next page's URL begins with."""
    await store.record_messages(PROGRAM, [make_message(id=each) for each in "ab"])
    async with application(store, store_url, **settings) as api:
        answer = await api.get(PAGES, params={"pageSize": 1}, headers=headers)
    url: str = answer.json()["meta"]["nextPageUrl"]
    return url.partition("/api/")[0]


async def test_the_host_that_was_asked_for_is_the_default(store: Store, store_url: str) -> None:
    assert await origin(store, store_url, {"host": "[::1]:8080"}) == "http://[::1]:8080"


async def test_forwarded_headers_of_a_trusted_proxy_count(store: Store, store_url: str) -> None:
    found = await origin(store, store_url, FORWARDED, trusted_proxies="10.0.0.0/8, 127.0.0.1")
    assert found == "https://sms.example:8443/ledger"


async def test_a_forwarded_port_is_told_unless_it_goes_without_saying(
    store: Store, store_url: str
) -> None:
    for port, expected in (("8443", ":8443"), ("443", "")):
        headers = {"x-forwarded-proto": "https", "x-forwarded-port": port}
        user = f"tester-{port}"
        found = await origin(store, store_url, headers, trusted_proxies="127.0.0.1", user=user)
        assert found == f"https://ledger.test{expected}"


async def test_forwarded_headers_of_anybody_else_do_not(store: Store, store_url: str) -> None:
    found = await origin(store, store_url, FORWARDED, trusted_proxies="10.0.0.0/8")
    assert found == "http://ledger.test"


async def test_the_public_url_goes_before_everything(store: Store, store_url: str) -> None:
    settings = {"public_url": "https://public.example/sms/", "trusted_proxies": "127.0.0.1"}
    assert await origin(store, store_url, FORWARDED, **settings) == "https://public.example/sms"


@pytest.mark.parametrize("host", ['evil">', "a b", "x/../y"])
async def test_what_no_host_can_look_like_is_not_repeated(
    store: Store, store_url: str, host: str
) -> None:
    assert host not in (await origin(store, store_url, {"host": host}))[7:]
