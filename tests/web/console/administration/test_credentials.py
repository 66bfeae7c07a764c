"""Credentials are issued, given new secrets and revoked; secrets are shown once."""

import asyncio
from typing import Any

import httpx
import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.ledger.instant import DAY, HOUR
from smsledger.ledger.model import Credential, Scope
from smsledger.store.store import Store
from tests.application import PAGES
from tests.making import PROGRAM
from tests.store.reading import credential_of
from tests.web.console.administration.conftest import done_at, next_url, secret_on
from tests.web.console.conftest import Visitor

PLACE = "/admin/credentials"
NEW, SECRET, REVOKE = f"{PLACE}/new", f"{PLACE}/secret", f"{PLACE}/revoke"
FIELDS = {"username": "etl", "scope": "export"}


async def issue(admin: Visitor, **fields: Any) -> httpx.Response:
    return await admin.submit(NEW, on=NEW, **{**FIELDS, **fields})


async def calls(admin: Visitor, username: str, secret: str) -> int:
    """The status of a call of the API with the secret."""
    return (await admin.get(PAGES, auth=(username, secret))).status_code


async def test_an_issued_secret_is_shown_once_and_works(admin: Visitor, store: Store) -> None:
    secret = secret_on(await issue(admin))
    assert len(secret) == 43
    assert await calls(admin, "etl", secret) == 200
    assert (await credential_of(store, "etl")).secrets == ((digest_of(secret), None),)
    assert secret not in (await admin.get(PLACE)).text


async def test_a_credential_has_the_limits_that_were_typed(admin: Visitor, store: Store) -> None:
    scopes = ["export", "report"]
    await issue(admin, scope=scopes, programs=f"{PROGRAM}, {PROGRAM}", expires="90d")
    made = await credential_of(store, "etl")
    assert (made.scopes, made.programs) == (frozenset(map(Scope, scopes)), frozenset({PROGRAM}))
    assert made.expires_at is not None
    assert abs(made.expires_at - instant.now() - 90 * DAY) < instant.MINUTE


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("username", "a:b"),
        ("username", "two words"),
        ("username", "visitor"),
        ("scope", ""),
        ("scope", "everything"),
        ("programs", "7"),
        ("programs", "all"),
        ("expires", "soon"),
        ("expires", "2020-01-01T00:00:00"),
    ],
)
async def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_issued(
    admin: Visitor, store: Store, field: str, text: str
) -> None:
    answer = await issue(admin, **{"programs": str(PROGRAM), "expires": "1d", field: text})
    assert answer.status_code == 422
    assert f'id="{field}-says" class="problem"' in answer.text
    if field != "scope":
        assert f'value="{text}"' in answer.text
        assert 'value="export" checked' in answer.text
    assert [each.username for each in await store.credentials()] == ["visitor"]


async def test_of_two_who_issue_the_same_one_sees_a_secret(admin: Visitor) -> None:
    answers = await asyncio.gather(issue(admin), issue(admin))
    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_a_new_secret_works_beside_the_old_for_the_overlap(
    admin: Visitor, store: Store
) -> None:
    old = secret_on(await issue(admin))
    answer = await admin.submit(SECRET, on=f"{SECRET}?user=etl", user="etl", overlap="2h")
    new = secret_on(answer)
    assert [await calls(admin, "etl", each) for each in (old, new)] == [200, 200]
    until = dict((await credential_of(store, "etl")).secrets)[digest_of(old)]
    assert until is not None
    assert abs(until - instant.now() - 2 * HOUR) < instant.MINUTE
    await admin.submit(SECRET, on=f"{SECRET}?user=etl", user="etl", overlap="0s")
    assert await calls(admin, "etl", new) == 401


async def test_an_overlap_that_is_none_is_said_at_its_field(admin: Visitor) -> None:
    await issue(admin)
    answer = await admin.submit(SECRET, on=f"{SECRET}?user=etl", user="etl", overlap="long")
    assert (answer.status_code, 'value="long"' in answer.text) == (422, True)
    assert "is not a duration such as" in answer.text


async def test_one_s_own_new_secret_ends_the_session_with_the_old_one(admin: Visitor) -> None:
    page = f"{SECRET}?user=visitor"
    answer = await admin.submit(SECRET, on=page, user="visitor", overlap="0s")
    assert "Your session ends then" in answer.text
    assert (await admin.get(PLACE)).status_code == 303
    assert (await admin.sign_in("visitor", secret_on(answer))).status_code == 303


async def test_a_revoked_credential_ends_at_once(admin: Visitor) -> None:
    secret = secret_on(await issue(admin))
    asked = await admin.get(f"{REVOKE}?user=etl")
    assert "Revoke “etl”?" in asked.text
    assert await calls(admin, "etl", secret) == 200
    answer = await admin.submit(REVOKE, on=f"{REVOKE}?user=etl", user="etl")
    assert "Credential “etl” is revoked." in (await admin.get(next_url(answer))).text
    assert await calls(admin, "etl", secret) == 401


async def test_revoking_twice_does_no_harm(admin: Visitor) -> None:
    await issue(admin)
    for _ in "ab":
        answer = await admin.submit(REVOKE, on=PLACE, user="etl")
        assert done_at(answer) == f"{PLACE}?revoked=etl"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"{PLACE}?revoked=ops", "is revoked"),
        (f"{PLACE}?invited=visitor", "The mail server has taken"),
        (f"/admin/programs?saved={PROGRAM}", "is saved"),
        ("/admin/campaigns?saved=1", "is saved"),
        (f"/admin/unrouted?assigned=7&program={PROGRAM}", "assigned to program"),
    ],
)
async def test_nothing_is_told_as_done_by_a_link_of_somebody_else(
    admin: Visitor, address: str, told: str
) -> None:
    await issue(admin)
    done = await admin.submit(REVOKE, on=PLACE, user="etl")
    proof = done.headers["location"].partition("&proof=")[2]
    for forged in (address, f"{address}&proof={proof}", f"{address}&proof=", f"{address}&proof=ä"):
        page = await admin.get(forged)
        assert (page.status_code, told in page.text) == (200, False)


async def test_whose_credential_is_revoked_is_signed_out(admin: Visitor, store: Store) -> None:
    await store.revoke_credential("visitor")
    assert (await admin.get(PLACE)).headers["location"].startswith("/sign-in")
    assert (await admin.post(NEW, data=FIELDS)).headers["location"] == "/sign-in?why=ended"
    assert await store.credentials() == []


async def test_the_last_administrator_is_not_revoked(admin: Visitor, store: Store) -> None:
    await issue(admin, username="limited", scope="admin", programs=str(PROGRAM))
    page = f"{REVOKE}?user=visitor"
    assert "the credential that you are signed in with" in (await admin.get(page)).text
    answer = await admin.submit(REVOKE, on=page, user="visitor")
    assert answer.status_code == 409
    assert "no other credential could administer the ledger" in answer.text
    assert (await admin.get(PLACE)).status_code == 200


async def test_one_s_own_credential_can_be_revoked_where_there_is_another(
    admin: Visitor, store: Store
) -> None:
    await issue(admin, username="other", scope="admin")
    answer = await admin.submit(REVOKE, on=f"{REVOKE}?user=visitor", user="visitor")
    assert answer.headers["location"] == "/sign-in"
    assert (await admin.get(PLACE)).status_code == 303
    assert await store.credential("visitor") is None


async def test_the_list_tells_what_each_may_and_when_it_was_used(
    admin: Visitor, store: Store
) -> None:
    at = instant.parse("2026-01-02T03:04:05").first
    limits: dict[str, Any] = {"programs": frozenset({PROGRAM}), "expires_at": at}
    await store.create_credential(
        Credential(username="<b>", scopes=frozenset({Scope.INGEST}), **limits)
    )
    await store.note_uses({"<b>": at})
    page = (await admin.get(PLACE)).text
    for shown in ("&lt;b&gt;", "ingest", str(PROGRAM), "no secret yet", ">ended<", ">you<"):
        assert shown in page
    assert page.count("2026-01-02 03:04:05") == 2


@pytest.mark.parametrize("name", ["nobody", "", "%00", "..%2Fx"])
@pytest.mark.parametrize("place", [SECRET, REVOKE])
async def test_a_credential_that_is_not_there_is_a_page(
    admin: Visitor, place: str, name: str
) -> None:
    assert (await admin.get(f"{place}?user={name}")).status_code == 404


@pytest.mark.parametrize("path", [NEW, SECRET, REVOKE])
async def test_a_form_of_another_site_does_nothing(admin: Visitor, store: Store, path: str) -> None:
    before = await store.credentials()
    answer = await admin.post(path, data={**FIELDS, "user": "visitor", "overlap": "0s"})
    assert answer.status_code == 403
    assert await store.credentials() == before


async def test_without_a_mail_server_no_e_mail_is_asked_for_or_taken(
    admin: Visitor, store: Store
) -> None:
    assert 'name="email"' not in (await admin.get(NEW)).text
    answer = await issue(admin, email="owner@example.com")
    assert answer.status_code == 422
    assert await store.credential("etl") is None
