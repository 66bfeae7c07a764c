"""Signing in and out: cookies, forms of other sites, throttling, secrets that end."""

import asyncio
from collections import Counter

import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.store.store import Store
from tests.application import SECRET as APPLICATION_SECRET
from tests.application import application
from tests.web.console.conftest import SECRET, Visit, Visitor, csrf_of

PLACE = "/programs"


async def test_who_is_not_signed_in_is_led_there_and_back(browser: Visitor, visit: Visit) -> None:
    answer = await browser.get("/programs?q=summer")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fprograms%3Fq%3Dsummer"
    await visit("report")
    page = await browser.get(answer.headers["location"])
    assert 'name="next" value="/programs?q=summer"' in page.text


@pytest.mark.parametrize("scope", ["report", "admin"])
async def test_the_session_is_a_cookie_that_no_script_and_no_other_site_gets(
    browser: Visitor, visit: Visit, scope: str
) -> None:
    await visit(scope)
    [cookie] = [each for each in browser.cookies.jar if each.name == "smsledger_session"]
    assert len(cookie.value or "") >= 43
    answer = await browser.sign_in("visitor")
    assert "HttpOnly; SameSite=Lax" in answer.headers["set-cookie"]
    assert "Secure" not in answer.headers["set-cookie"]
    assert (await browser.get(PLACE)).status_code == 200


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("settings", "suffix"),
    [
        ({"public_url": "https://sms.example.com"}, ""),
        ({"public_url": "https://sms.example.com/a/b"}, ".a%2Fb"),
        ({"trusted_proxies": "127.0.0.1"}, ""),
    ],
)
async def test_behind_https_no_other_host_of_the_domain_can_set_a_cookie(
    store: Store, store_url: str, settings: dict[str, str], suffix: str
) -> None:
    async with application(store, store_url, **settings) as client:
        client.headers["x-forwarded-proto"] = "https"
        form = await client.get("/sign-in")
        fields = {"csrf": csrf_of(form), "username": "tester", "secret": APPLICATION_SECRET}
        cookie = form.headers["set-cookie"].partition(";")[0]
        answer = await client.post("/sign-in", data=fields, headers={"cookie": cookie})
    for name, given in (("form", form), ("session", answer)):
        whole = given.headers["set-cookie"]
        assert whole.startswith(f"__Host-smsledger_{name}{suffix}=")
        assert "; Path=/; " in whole
        assert whole.endswith("HttpOnly; SameSite=Lax; Secure")


@pytest.mark.engines("sqlite")
async def test_behind_https_a_cookie_that_another_host_can_set_is_not_taken(
    browser: Visitor, visit: Visit, store: Store, store_url: str
) -> None:
    await visit("report")
    token = browser.cookies["smsledger_session"]
    async with application(store, store_url, public_url="https://ledger.test") as client:
        for name, status in (("smsledger_session", 303), ("__Host-smsledger_session", 200)):
            cookie = {"cookie": f"{name}={token}", "accept": "text/html"}
            assert (await client.get(PLACE, headers=cookie)).status_code == status


@pytest.mark.parametrize("scopes", [("export",), ("ingest",), ("export", "ingest")])
async def test_other_scopes_do_not_sign_in(visit: Visit, scopes: tuple[str, ...]) -> None:
    with pytest.raises(AssertionError, match="does not have the scope"):
        await visit(*scopes)


@pytest.mark.parametrize(("username", "secret"), [("visitor", "wrong"), ("nobody", SECRET)])
async def test_a_wrong_secret_and_a_wrong_name_look_the_same(
    browser: Visitor, visit: Visit, username: str, secret: str
) -> None:
    await visit("report")
    answer = await browser.sign_in(username, secret)
    assert answer.status_code == 401
    assert "There is no such user name with this secret, or it has ended." in answer.text
    assert secret not in answer.text


async def test_too_many_failures_are_stopped(browser: Visitor, visit: Visit) -> None:
    await visit("report")
    answers = [await browser.sign_in("visitor", "wrong") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 300


async def test_a_correct_secret_passes_while_wrong_ones_are_stopped(
    browser: Visitor, visit: Visit
) -> None:
    await visit("report")
    wrong = [await browser.sign_in("visitor", "wrong") for _ in range(12)]
    assert [answer.status_code for answer in wrong[-2:]] == [429, 429]
    assert (await browser.sign_in("visitor")).status_code == 303
    assert (await browser.sign_in("visitor", "wrong")).status_code == 429


async def test_failures_at_the_same_time_are_stopped_too(browser: Visitor, visit: Visit) -> None:
    await visit("report")
    wrong = {"csrf": csrf_of(await browser.get("/sign-in")), "username": "visitor", "secret": "no"}
    answers = await asyncio.gather(*(browser.post("/sign-in", data=wrong) for _ in range(30)))
    assert Counter(answer.status_code for answer in answers) == {401: 10, 429: 20}


async def test_who_signs_in_often_is_not_stopped(browser: Visitor, visit: Visit) -> None:
    await visit("report")
    right = {"csrf": csrf_of(await browser.get("/sign-in")), "username": "visitor"}
    for _ in range(12):
        answer = await browser.post("/sign-in", data={**right, "secret": SECRET})
        assert answer.status_code == 303


async def test_of_two_open_pages_each_can_be_signed_in_at(browser: Visitor, visit: Visit) -> None:
    await visit("report")
    browser.cookies.clear()
    pages = [await browser.get("/sign-in"), await browser.get("/sign-in?next=/opt-outs")]
    for csrf in map(csrf_of, pages):
        fields = {"csrf": csrf, "username": "visitor", "secret": SECRET}
        assert (await browser.post("/sign-in", data=fields)).status_code == 303


@pytest.mark.parametrize("cookie", ["", "x", "a" * 42 + ";", "a" * 42 + '"'])
async def test_a_cookie_that_is_none_of_ours_is_replaced(browser: Visitor, cookie: str) -> None:
    answer = await browser.get("/sign-in", headers={"cookie": f"smsledger_form={cookie}"})
    assert len(csrf_of(answer)) == 43


async def test_who_was_away_for_long_is_led_on_all_the_same(browser: Visitor, visit: Visit) -> None:
    await visit("report")
    late = {"csrf": "of long ago", "next": "/opt-outs", "username": "visitor", "secret": SECRET}
    answer = await browser.post("/sign-in", data=late)
    assert answer.status_code == 403
    assert 'name="next" value="/opt-outs"' in answer.text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/sign-out-everywhere"])
async def test_a_form_of_another_site_does_nothing(
    browser: Visitor, visit: Visit, path: str
) -> None:
    await visit("report")
    answer = await browser.post(path, data={"username": "visitor", "secret": SECRET})
    assert answer.status_code == 403
    assert (await browser.get(PLACE)).status_code == 200


async def test_who_signs_out_is_out(browser: Visitor, visit: Visit) -> None:
    await visit("report")
    kept = dict(browser.cookies)
    answer = await browser.submit("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    browser.cookies.update(kept)  # the token itself is worth nothing any more
    assert (await browser.get(PLACE)).status_code == 303


async def test_whose_session_has_ended_is_told_so_and_goes_on_where_they_were(
    browser: Visitor, visit: Visit, store: Store
) -> None:
    await visit("report")
    await store.end_sessions("visitor")
    whole = await browser.get("/programs?q=summer")
    fragment = {"hx-request": "true", "hx-current-url": "http://ledger.test/programs?q=summer"}
    part = await browser.get("/programs/121811/live/0", headers=fragment)
    assert whole.headers["location"] == part.headers["hx-redirect"]
    page = (await browser.get(whole.headers["location"])).text
    assert "Your session has ended." in page
    assert 'name="next" value="/programs?q=summer"' in page


async def test_who_signs_out_everywhere_is_told_so(browser: Visitor, visit: Visit) -> None:
    await visit("report")
    answer = await browser.submit("/sign-out-everywhere")
    assert "here and everywhere" in (await browser.get(answer.headers["location"])).text
    assert 'role="status"' not in (await browser.get("/sign-in?why=<b>")).text


async def test_signing_out_everywhere_ends_all_sessions(browser: Visitor, visit: Visit) -> None:
    await visit("report")
    elsewhere = dict(browser.cookies)
    browser.cookies.clear()
    await browser.sign_in("visitor")
    await browser.submit("/sign-out-everywhere")
    browser.cookies.update(elsewhere)
    assert (await browser.get(PLACE)).status_code == 303


async def test_a_session_ends_with_its_secret(browser: Visitor, visit: Visit, store: Store) -> None:
    await visit("report")
    await store.rotate_credential("visitor", digest_of("another"), instant.now() + instant.HOUR)
    assert (await browser.get(PLACE)).status_code == 200
    await store.rotate_credential("visitor", digest_of("a third"), instant.now())
    assert (await browser.get(PLACE)).status_code == 303


async def test_a_session_ends_with_its_credential(
    browser: Visitor, visit: Visit, store: Store
) -> None:
    await visit("report")
    await store.revoke_credential("visitor")
    assert (await browser.get(PLACE)).status_code == 303


@pytest.mark.parametrize(
    "place", ["https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", "javascript:1"]
)
async def test_nobody_is_led_elsewhere(browser: Visitor, visit: Visit, place: str) -> None:
    await visit("report")
    answer = await browser.sign_in("visitor", next=place)
    assert answer.headers["location"] == "/programs"


async def test_pages_load_and_ask_their_own_server_only(browser: Visitor) -> None:
    answer = await browser.get("/sign-in")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "//" not in answer.text
