"""Programs, credentials, unrouted messages, retention, backups."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.errors import ProgramNotFound
from smsledger.ledger import instant
from smsledger.ledger.instant import DAY
from smsledger.ledger.model import Accepted, Credential, DeliveryStatus, Rejected, Scope, Unrouted
from smsledger.store import migrate, open_store
from smsledger.store.errors import Missing, SchemaBehind, Taken, UnconfirmedRestore
from smsledger.store.store import Store
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt
from tests.store.reading import credential_of, message_of, position_of


def make_unrouted(**what_matters: Any) -> Unrouted:
    plausible = {
        "gateway": "kannel",
        "id": "u-1",
        "sender": "15556667777",
        "body": "HELLO",
        "reason": "no program",
        "received_at": YESTERDAY,
        "authorised": True,
    }
    return Unrouted(**{**plausible, **what_matters})


async def test_a_program_is_found_as_it_was_made(store: Store) -> None:
    program = make_program(id=7, name="Hours", keywords=("HOURS", "OPEN"))
    assert await store.create_program(program) == program
    assert [each.id for each in await store.programs()] == [7, PROGRAM]


async def test_a_program_may_have_the_highest_id_there_is(store: Store) -> None:
    made = await store.create_program(make_program(id=10**18 - 1, name="High", keywords=()))
    assert await store.program(made.id) == made


async def test_a_program_without_an_id_gets_the_next(store: Store) -> None:
    made = await store.create_program(make_program(id=0, name="Next", keywords=("NEXT",)))
    assert made.id == PROGRAM + 1


@pytest.mark.parametrize(
    "same",
    [{"id": PROGRAM}, {"name": "Summer Sale"}, {"keywords": ("JOIN",)}],
)
async def test_an_id_a_name_and_a_keyword_of_a_code_are_one_program_s(
    store: Store, same: dict[str, Any]
) -> None:
    other = {"id": 7, "name": "Other", "keywords": ("OTHER",)}
    with pytest.raises(Taken):
        await store.create_program(make_program(**{**other, **same}))
    assert len(await store.programs()) == 1


async def test_a_code_has_one_default_program(store: Store) -> None:
    default = {"keywords": (), "is_default": True}
    await store.create_program(make_program(id=7, name="Default", **default))
    with pytest.raises(Taken):
        await store.create_program(make_program(id=8, name="Another", **default))


async def test_a_keyword_leads_to_its_program_and_other_words_to_the_default(store: Store) -> None:
    assert await store.route("20880", "JOIN") == PROGRAM
    assert await store.route("20880", "OTHER") is None
    await store.create_program(make_program(id=7, name="All", keywords=(), is_default=True))
    assert await store.route("20880", "OTHER") == 7
    assert await store.route("20881", "JOIN") is None


async def test_a_deleted_program_takes_everything_with_it_and_its_counter_goes_on(
    store: Store,
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(2500)])
    await store.record_receipts(PROGRAM, [make_receipt(id="m-1"), make_receipt(id="later")])
    await store.delete_program(PROGRAM)
    assert await store.program(PROGRAM) is None
    await store.create_program(make_program())
    position = await position_of(store)
    assert (position.last, position.newest) == (2501, None)
    assert (await store.gauges(instant.now())).orphans == 0


async def test_the_id_of_a_deleted_program_is_not_given_again(store: Store) -> None:
    await store.create_program(make_program(id=200_000, name="Last", keywords=()))
    await store.delete_program(200_000)
    made = await store.create_program(make_program(id=0, name="Next", keywords=()))
    assert made.id == 200_001


async def test_what_does_not_exist_cannot_be_deactivated(store: Store) -> None:
    with pytest.raises(ProgramNotFound):
        await store.set_active(7, active=False)


async def test_a_credential_is_found_with_its_scopes_programs_and_secret(store: Store) -> None:
    credential = Credential(
        username="etl",
        scopes=frozenset({Scope.EXPORT}),
        programs=frozenset({PROGRAM}),
        expires_at=instant.now(),
    )
    await store.create_credential(credential, b"digest")
    found = await credential_of(store, "etl")
    assert (found.scopes, found.programs) == (credential.scopes, credential.programs)
    assert (found.expires_at, found.secrets) == (credential.expires_at, ((b"digest", None),))
    with pytest.raises(Taken):
        await store.create_credential(credential, b"another")


async def test_a_rotation_leaves_the_old_secret_until_a_time(store: Store) -> None:
    credential = Credential(username="etl", scopes=frozenset({Scope.EXPORT}))
    await store.create_credential(credential, digest_of("one"))
    until = instant.now() + DAY
    await store.rotate_credential("etl", digest_of("two"), until)
    assert dict((await credential_of(store, "etl")).secrets) == {
        digest_of("one"): until,
        digest_of("two"): None,
    }
    await store.rotate_credential("etl", digest_of("three"), until + DAY)
    assert dict((await credential_of(store, "etl")).secrets)[digest_of("one")] == until


async def test_a_revoked_credential_is_gone(store: Store) -> None:
    await store.create_credential(Credential(username="etl", scopes=frozenset()), b"digest")
    await store.revoke_credential("etl")
    assert await store.credential("etl") is None
    with pytest.raises(Missing):
        await store.revoke_credential("etl")
    with pytest.raises(Missing):
        await store.rotate_credential("etl", b"digest", 0)


async def test_an_unrouted_message_waits_once_and_is_assigned_once(store: Store) -> None:
    await store.keep_unrouted(make_unrouted())
    await store.keep_unrouted(make_unrouted(received_at=YESTERDAY + 1))
    [waiting] = await store.unrouted(0, 10)
    assert (waiting.body, waiting.sender) == ("HELLO", "15556667777")
    assert await store.assign(waiting.ordinal, PROGRAM, make_message(id="u-1")) == Accepted()
    assert await store.unrouted(0, 10) == []
    assert (await message_of(store, "u-1"))["number"] == "15556667777"
    with pytest.raises(Missing):
        await store.assign(waiting.ordinal, PROGRAM, make_message(id="u-1"))


async def test_a_rejected_assignment_leaves_the_message_waiting(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message(id="u-1", body="other")])
    await store.keep_unrouted(make_unrouted())
    [waiting] = await store.unrouted(0, 10)
    outcome = await store.assign(waiting.ordinal, PROGRAM, make_message(id="u-1"))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "id_conflict"
    assert len(await store.unrouted(0, 10)) == 1


async def test_what_is_dated_before_the_limit_leaves_with_its_history(store: Store) -> None:
    old = [make_message(id=f"old-{n}", date=YESTERDAY - 400 * DAY) for n in range(1200)]
    await store.record_messages(PROGRAM, [*old, make_message()])
    await store.record_receipts(PROGRAM, [make_receipt(id="old-1"), make_receipt()])
    assert await store.purge(YESTERDAY - 300 * DAY) == 1200
    assert (await message_of(store))["delivery_status"] == "Delivered"
    assert await store.record_messages(PROGRAM, [make_message(id="old-1")]) == [Accepted()]


async def test_the_gauges_tell_what_waits_and_who_is_silent(store: Store) -> None:
    now = instant.now()
    await store.record_messages(PROGRAM, [make_message(date=now - 5 * instant.HOUR)])
    await store.record_receipts(PROGRAM, [make_receipt(id="later")])
    await store.keep_unrouted(make_unrouted())
    await store.record_mo_contact("kannel")
    gauges = await store.gauges(now)
    assert (gauges.unrouted, gauges.orphans) == (1, 1)
    assert gauges.unfinished == {1: 0, 6: 1, 24: 0, 72: 0}
    [(gateway, last_mo, last_receipt)] = gauges.contacts
    assert (gateway, last_receipt) == ("kannel", None)
    assert last_mo is not None
    assert last_mo >= now


async def test_a_contact_is_written_once_a_second_at_most(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def last_mo_of_contact_at(now: int) -> int | None:
        monkeypatch.setattr(instant, "now", lambda: now)
        await store.record_mo_contact("kannel")
        [(_, last_mo, _)] = (await store.gauges(now)).contacts
        return last_mo

    at = instant.now()
    assert await last_mo_of_contact_at(at) == at
    assert await last_mo_of_contact_at(at + instant.SECOND - 1) == at
    assert await last_mo_of_contact_at(at + instant.SECOND) == at + instant.SECOND


async def test_contacts_are_written_after_the_clock_is_set_back(
    store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = instant.now()
    monkeypatch.setattr(instant, "now", lambda: at + instant.HOUR)
    await store.record_receipt_contact("kannel")
    # The statement keeps the later instant of a row, so only a row that is gone shows the write.
    await asyncio.to_thread(execute, store_url, "DELETE FROM gateway_seen")
    monkeypatch.setattr(instant, "now", lambda: at)
    await store.record_receipt_contact("kannel")
    assert (await store.gauges(at)).contacts == (("kannel", None, at),)


async def test_a_backup_is_a_ledger_of_its_own(
    store: Store, tmp_path: Path, restore: Callable[[Path], str]
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    await store.backup(tmp_path / "backup")
    await store.record_messages(PROGRAM, [make_message(id="after")])
    url = restore(tmp_path / "backup")
    with pytest.raises(UnconfirmedRestore):
        await open_store(url)
    copy = await open_store(url, unconfirmed=True)
    assert (await position_of(copy, PROGRAM)).last == 1
    assert await copy.epoch() == await store.epoch()
    await copy.renew_epoch("new")
    assert await copy.epoch() == "new"
    await copy.close()


async def test_many_waiting_requests_are_each_answered_with_their_own_outcome(store: Store) -> None:
    batches = [[make_message(id=f"m-{n // 2}")] for n in range(200)]
    outcomes = await asyncio.gather(*(store.record_messages(PROGRAM, b) for b in batches))
    assert outcomes.count([Accepted()]) == 100
    assert (await position_of(store)).last == 100


async def test_work_that_fails_spoils_nothing_it_is_committed_with(store: Store) -> None:
    good = [store.record_messages(PROGRAM, [make_message(id=f"m-{n}")]) for n in range(20)]
    bad = [store.record_messages(7, [make_message()]) for _ in range(20)]
    mixed = [each for pair in zip(good, bad, strict=True) for each in pair]
    outcomes = await asyncio.gather(*mixed, return_exceptions=True)
    assert outcomes[::2] == [[Accepted()]] * 20
    assert all(isinstance(each, ProgramNotFound) for each in outcomes[1::2])
    assert (await position_of(store)).last == 20


async def test_a_store_that_is_not_migrated_is_refused(tmp_path: Path) -> None:
    for state in ("missing", "empty"):
        with pytest.raises(SchemaBehind):
            await open_store(f"sqlite:///{tmp_path}/{state}.db")
        (tmp_path / "empty.db").touch()


async def test_migrating_twice_does_nothing(store: Store, store_url: str) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    await store.record_receipts(PROGRAM, [make_receipt()])

    def written() -> list[list[tuple[bytes | int | str | None, ...]]]:
        tables = ("alembic_version", "ledger", "program", "program_counter", "message")
        return [execute(store_url, f"SELECT * FROM {table}") for table in tables]

    before = await asyncio.to_thread(written)
    await asyncio.to_thread(migrate.upgrade, store_url)
    assert await asyncio.to_thread(written) == before
    assert before[0] == [(migrate.newest(store_url),)]


async def test_statuses_of_messages_of_one_batch_stay_apart(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message(id="a"), make_message(id="b")])
    error = make_receipt(id="a", delivery_status=DeliveryStatus.ERROR)
    await store.record_receipts(PROGRAM, [error, make_receipt(id="b")])
    assert (await message_of(store, "a"))["delivery_status"] == "Error"
    assert (await message_of(store, "b"))["delivery_status"] == "Delivered"
