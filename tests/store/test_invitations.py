"""Credentials whose owners make their secrets themselves, and the last that administers."""

import asyncio
from typing import Any

import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.ledger.instant import DAY, HOUR
from smsledger.ledger.model import Credential, Scope
from smsledger.store.errors import LastAdministrator, Missing
from smsledger.store.store import Store
from tests.store.reading import credential_of, invitation_of

TOKEN = digest_of("a token")
ADMIN = frozenset({Scope.ADMIN})


@pytest.fixture
async def etl(store: Store) -> None:
    """A credential without a secret."""
    await store.create_credential(Credential(username="etl", scopes=frozenset({Scope.EXPORT})))


async def invite(store: Store, digest: bytes = TOKEN, ends_in: int = DAY, overlap: int = 0) -> None:
    await store.invite("etl", digest, instant.now() + ends_in, overlap)


async def test_a_credential_can_begin_without_a_secret(store: Store, etl: None) -> None:
    assert (await credential_of(store, "etl")).secrets == ()


async def test_an_invitation_gives_a_secret_once(store: Store, etl: None) -> None:
    await invite(store)
    assert (await invitation_of(store, TOKEN)).username == "etl"
    assert await store.redeem(TOKEN, digest_of("one")) == "etl"
    assert (await credential_of(store, "etl")).secrets == ((digest_of("one"), None),)
    with pytest.raises(Missing):
        await store.redeem(TOKEN, digest_of("two"))
    assert len((await credential_of(store, "etl")).secrets) == 1


async def test_it_is_known_when_an_invitation_was_used(store: Store, etl: None) -> None:
    await invite(store)
    assert (await invitation_of(store, TOKEN)).used_at is None
    before = instant.now()
    await store.redeem(TOKEN, digest_of("one"))
    used_at = (await invitation_of(store, TOKEN)).used_at
    assert used_at is not None
    assert before <= used_at <= instant.now()


async def test_of_two_who_redeem_an_invitation_at_once_one_gets_a_secret(
    store: Store, etl: None
) -> None:
    await invite(store)
    secrets = [store.redeem(TOKEN, digest_of(each)) for each in ("one", "two")]
    answers = await asyncio.gather(*secrets, return_exceptions=True)
    assert [type(each) for each in answers].count(Missing) == 1
    assert len((await credential_of(store, "etl")).secrets) == 1


async def test_the_secret_before_works_for_the_overlap(store: Store, etl: None) -> None:
    await store.rotate_credential("etl", digest_of("old"), 0)
    await invite(store, overlap=HOUR)
    await store.redeem(TOKEN, digest_of("new"))
    secrets = dict((await credential_of(store, "etl")).secrets)
    assert secrets[digest_of("new")] is None
    until = secrets[digest_of("old")]
    assert until is not None
    assert abs(until - instant.now() - HOUR) < instant.MINUTE


async def test_an_expired_invitation_is_known_and_gives_nothing(store: Store, etl: None) -> None:
    await invite(store, ends_in=-1)
    assert (await invitation_of(store, TOKEN)).expires_at < instant.now()
    with pytest.raises(Missing):
        await store.redeem(TOKEN, digest_of("one"))


async def test_another_invitation_or_a_rotation_ends_those_that_were_not_used(
    store: Store, etl: None
) -> None:
    await invite(store)
    await invite(store, digest_of("another"))
    assert await store.invitation(TOKEN) is None
    await store.rotate_credential("etl", digest_of("one"), 0)
    assert await store.invitation(digest_of("another")) is None


async def test_invitations_that_ended_long_ago_are_forgotten(store: Store, etl: None) -> None:
    await invite(store, ends_in=DAY)
    await store.redeem(TOKEN, digest_of("one"))
    await invite(store, digest_of("old"), ends_in=-31 * DAY)
    await invite(store, digest_of("another"))
    assert await store.invitation(digest_of("old")) is None
    assert await store.invitation(TOKEN) is not None


async def test_a_revoked_credential_takes_its_invitations_with_it(store: Store, etl: None) -> None:
    await invite(store)
    await store.revoke_credential("etl")
    assert await store.invitation(TOKEN) is None
    with pytest.raises(Missing):
        await invite(store)


async def administer(store: Store, username: str, **limits: Any) -> None:
    credential = Credential(username=username, scopes=ADMIN, **limits)
    await store.create_credential(credential, digest_of(username))


async def test_the_last_credential_that_administers_can_be_spared(store: Store, etl: None) -> None:
    await administer(store, "one")
    await administer(store, "limited", programs=frozenset({1}))
    await administer(store, "expired", expires_at=instant.now())
    await store.create_credential(Credential(username="invited", scopes=ADMIN))
    with pytest.raises(LastAdministrator):
        await store.revoke_credential("one", spare_last=True)
    await store.revoke_credential("etl", spare_last=True)
    await store.revoke_credential("one")
    assert await store.credential("one") is None


async def test_two_administrators_who_revoke_each_other_leave_one(store: Store) -> None:
    names = ("one", "two")
    for name in names:
        await administer(store, name)
    revoking = [store.revoke_credential(name, spare_last=True) for name in names]
    answers = await asyncio.gather(*revoking, return_exceptions=True)
    assert [type(each) for each in answers].count(LastAdministrator) == 1
    assert len(await store.credentials()) == 1
