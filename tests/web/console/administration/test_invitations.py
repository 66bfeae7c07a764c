"""The owner of a credential gets a link by e-mail, which reveals a secret once."""

import asyncio
from typing import Any

import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.ledger.instant import DAY
from smsledger.store.store import Store
from tests.mailbox import PUBLIC_URL, Mailbox
from tests.store.reading import credential_of
from tests.web.console.administration.conftest import done_at, link_in, next_url, secret_on
from tests.web.console.administration.test_credentials import NEW, PLACE, SECRET, calls, issue
from tests.web.console.conftest import Visitor

OWNER = "owner@example.com"


async def invited(admin: Visitor, post_office: Mailbox, **fields: Any) -> str:
    """The path of the link that the owner of a new credential has got."""
    answer = await issue(admin, email=OWNER, **fields)
    assert done_at(answer) == f"{PLACE}?invited=etl"
    return link_in(post_office.letters[-1])


async def test_the_owner_is_told_and_nobody_has_seen_a_secret(
    post_office: Mailbox, admin: Visitor, store: Store
) -> None:
    answer = await issue(admin, email=OWNER)
    link = link_in(post_office.letters[-1])
    page = (await admin.get(next_url(answer))).text
    assert "The mail server has taken a link for the owner of “etl”." in page
    assert "no secret yet" in page
    assert OWNER not in page
    assert link not in page
    assert (await credential_of(store, "etl")).secrets == ()


async def test_the_link_begins_with_the_public_url_whatever_host_was_asked(
    post_office: Mailbox, admin: Visitor
) -> None:
    cookie = f"smsledger_session={admin.cookies['smsledger_session']}"
    admin.headers.update(
        {"host": "evil.example", "x-forwarded-host": "evil.example", "cookie": cookie}
    )
    await issue(admin, email=OWNER)
    letter = post_office.letters[-1].get_content()
    assert f"{PUBLIC_URL}/reveal/" in letter
    assert "evil" not in letter


async def test_looking_at_the_link_uses_nothing_up(
    post_office: Mailbox, admin: Visitor, store: Store
) -> None:
    link = await invited(admin, post_office)
    for _ in range(3):
        page = await admin.get(link)
        assert "Show the secret" in page.text
        assert page.headers["cache-control"] == "no-store"
    assert (await admin.head(link)).status_code == 200
    assert (await credential_of(store, "etl")).secrets == ()


async def test_the_link_reveals_a_secret_that_works_without_signing_in(
    post_office: Mailbox, admin: Visitor
) -> None:
    link = await invited(admin, post_office)
    admin.cookies.clear()
    answer = await admin.post(link)
    assert "etl" in answer.text
    assert 'href="/sign-in"' in answer.text
    assert await calls(admin, "etl", secret_on(answer)) == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_was_used_says_so_and_when(
    post_office: Mailbox, admin: Visitor, store: Store, method: str
) -> None:
    link = await invited(admin, post_office)
    secret = secret_on(await admin.post(link))
    answer = await admin.request(method, link)
    assert answer.status_code == 410
    assert "This link was used" in answer.text
    assert "If that was not you" in answer.text
    assert secret not in answer.text
    assert len((await credential_of(store, "etl")).secrets) == 1


async def test_of_two_who_press_the_button_one_sees_a_secret(
    post_office: Mailbox, admin: Visitor, store: Store
) -> None:
    link = await invited(admin, post_office)
    answers = await asyncio.gather(*(admin.post(link) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 410]
    assert len((await credential_of(store, "etl")).secrets) == 1


async def test_an_expired_link_says_so(admin: Visitor, store: Store) -> None:
    await issue(admin)
    await store.invite("etl", digest_of("token"), instant.now() - DAY, 0)
    for answer in (await admin.get("/reveal/token"), await admin.post("/reveal/token")):
        assert answer.status_code == 410
        assert "This link has expired" in answer.text


@pytest.mark.parametrize("token", ["x", "x" * 5000, "%00", "%F0%9F%98%80", "..%2F"])
async def test_a_link_that_nobody_got_does_not_work(browser: Visitor, token: str) -> None:
    for answer in (await browser.get(f"/reveal/{token}"), await browser.post(f"/reveal/{token}")):
        assert answer.status_code == 404


async def test_a_revoked_credential_s_link_does_not_work(
    post_office: Mailbox, admin: Visitor, store: Store
) -> None:
    link = await invited(admin, post_office)
    await store.revoke_credential("etl")
    assert (await admin.post(link)).status_code == 404


async def test_a_later_link_replaces_the_one_before(post_office: Mailbox, admin: Visitor) -> None:
    first = await invited(admin, post_office)
    again = {"user": "etl", "overlap": "1h", "email": OWNER}
    await admin.submit(SECRET, on=f"{SECRET}?user=etl", **again)
    assert (await admin.post(first)).status_code == 404
    assert (await admin.post(link_in(post_office.letters[-1]))).status_code == 200


async def test_a_credential_in_use_keeps_its_secret_until_the_button_and_the_overlap(
    post_office: Mailbox, admin: Visitor, store: Store
) -> None:
    old = secret_on(await issue(admin))
    again = {"user": "etl", "overlap": "1h", "email": OWNER}
    await admin.submit(SECRET, on=f"{SECRET}?user=etl", **again)
    assert (await credential_of(store, "etl")).secrets == ((digest_of(old), None),)
    answer = await admin.post(link_in(post_office.letters[-1]))
    assert "The secret that you had before works until" in answer.text
    assert [await calls(admin, "etl", each) for each in (old, secret_on(answer))] == [200, 200]


async def test_a_mail_server_that_refuses_is_told_and_it_can_be_sent_again(
    post_office: Mailbox, admin: Visitor, store: Store
) -> None:
    post_office.refuses = {"RCPT": "550 no such user"}
    answer = await issue(admin, email=OWNER)
    assert answer.status_code == 422
    for said in ("the e-mail was not sent", "refused the address", f'value="{OWNER}"'):
        assert said in answer.text
    assert (await credential_of(store, "etl")).secrets == ()
    post_office.refuses = {}
    again = {"user": "etl", "overlap": "0s", "email": OWNER}
    answer = await admin.submit(SECRET, on=f"{SECRET}?user=etl", **again)
    assert done_at(answer) == f"{PLACE}?invited=etl"
    assert (await admin.post(link_in(post_office.letters[-1]))).status_code == 200


async def test_a_mail_server_that_is_away_is_told(
    closed_post_office: None, admin: Visitor, store: Store
) -> None:
    answer = await issue(admin, email=OWNER)
    assert "The mail server could not be reached." in answer.text
    assert await store.credential("etl") is not None


@pytest.mark.parametrize("email", ["owner", f"{OWNER}\r\nBcc: all@example.com", f"{OWNER}, x@y.z"])
async def test_an_address_that_is_none_or_more_is_said_at_its_field(
    post_office: Mailbox, admin: Visitor, store: Store, email: str
) -> None:
    answer = await issue(admin, email=email)
    assert answer.status_code == 422
    assert 'id="email-says" class="problem">An address such as' in answer.text
    assert await store.credential("etl") is None
    assert post_office.letters == []


async def test_no_secret_link_or_address_is_logged(
    post_office: Mailbox, admin: Visitor, capsys: pytest.CaptureFixture[str]
) -> None:
    post_office.refuses = {"RCPT": "550 no such user"}
    await issue(admin, email=OWNER)
    post_office.refuses = {}
    again = {"user": "etl", "overlap": "0s", "email": OWNER}
    await admin.submit(SECRET, on=f"{SECRET}?user=etl", **again)
    link = link_in(post_office.letters[-1])
    secret = secret_on(await admin.post(link))
    await admin.post(link)
    told = "".join(capsys.readouterr())
    assert "mail_failed" in told
    for hidden in (secret, link.rpartition("/")[2], OWNER):
        assert hidden not in told


async def test_the_form_asks_for_an_address_where_it_can_be_used(
    post_office: Mailbox, admin: Visitor
) -> None:
    assert post_office
    assert 'name="email" type="email"' in (await admin.get(NEW)).text
