"""A parameter that comes twice, as from clients that add their own to a URL that has them."""

import httpx
import pytest

from smsledger.ledger import instant
from smsledger.store.store import Store
from tests.application import CHANGES, COUNTS, EXPORT, PAGES
from tests.making import YESTERDAY
from tests.web.api.test_pages import fill, problems

OPT_OUTS = "/api/opt-outs/20880"
START = instant.render_seconds(YESTERDAY)


@pytest.mark.parametrize(
    "url",
    [
        f"{PAGES}?startDate=DATE&startDate=DATE.000000",
        f"{EXPORT}?manifest=true&startDate=DATE&manifest=true&startDate=DATEZ",
        f"{COUNTS}?by=day&by=day",
        f"{CHANGES}?limit=10&after=0&limit=10&after=0",
        f"{OPT_OUTS}?format=csv&format=csv",
    ],
)
async def test_every_address_takes_a_parameter_twice_if_its_values_are_equal(
    api: httpx.AsyncClient, store: Store, url: str
) -> None:
    await fill(store, 3)
    assert (await api.get(url.replace("DATE", START))).status_code == 200


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{PAGES}?startDate=DATE&startDate=DATE.000001", "startDate"),
        (f"{EXPORT}?manifest=true&manifest=false", "manifest"),
        (f"{COUNTS}?by=day&by=hour", "by"),
        (f"{CHANGES}?limit=10&limit=11", "limit"),
        (f"{OPT_OUTS}?format=csv&format=ndjson", "format"),
    ],
)
async def test_every_address_refuses_two_values_by_the_parameter_s_name(
    api: httpx.AsyncClient, store: Store, url: str, name: str
) -> None:
    answer = await api.get(url.replace("DATE", START))
    assert (answer.status_code, problems(answer)) == (400, [("repeated_parameter", name)])


async def test_a_client_may_add_its_own_parameters_to_every_next_page(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 5)
    own = f"&startDate={START}&endDate={instant.render_seconds(instant.now())}&pageSize=2"
    url, found = f"{PAGES}?{own[1:]}", []
    while url:
        page = (await api.get(url)).raise_for_status().json()
        found += [message["body"] for message in page["data"]["messages"]]
        url = page["meta"]["nextPageUrl"] and page["meta"]["nextPageUrl"] + own
    assert found == ["0", "1", "2", "3", "4"]


FAR_DATES = ["startDate=2015-01-01T00:00:00", "endDate=9999-12-31T23:59:59"]


@pytest.mark.parametrize("own", FAR_DATES)
async def test_a_client_may_add_a_date_beyond_all_messages_to_every_next_page(
    api: httpx.AsyncClient, store: Store, own: str
) -> None:
    await fill(store, 5)
    url, found = f"{PAGES}?pageSize=2&{own}", []
    while url:
        page = (await api.get(url)).raise_for_status().json()
        found += [message["body"] for message in page["data"]["messages"]]
        url = page["meta"]["nextPageUrl"] and f"{page['meta']['nextPageUrl']}&{own}"
    assert found == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    "own",
    [f"startDate={START}", "endDate=9999-12-31T23:59:58"],
    ids=["startDate", "endDate"],  # the workers of a run must agree on a test's name
)
async def test_a_date_that_the_walk_did_not_begin_with_is_refused_on_a_next_page(
    api: httpx.AsyncClient, store: Store, own: str
) -> None:
    await fill(store, 5)
    first = f"{PAGES}?pageSize=2&{'&'.join(FAR_DATES)}"
    url = (await api.get(first)).raise_for_status().json()["meta"]["nextPageUrl"]
    answer = await api.get(f"{url}&{own}")
    assert (answer.status_code, problems(answer)) == (
        400,
        [("repeated_parameter", own.partition("=")[0])],
    )


async def test_two_far_dates_are_not_equal_where_a_walk_begins(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"{PAGES}?{FAR_DATES[0]}&startDate=2014-01-01T00:00:00")
    assert problems(answer) == [("repeated_parameter", "startDate")]
