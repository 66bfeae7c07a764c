"""Which messages opt a number out of a short code, and which opt it in again."""

from typing import Any

import httpx
import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.ledger.instant import HOUR, SECOND
from smsledger.ledger.model import Credential, Scope
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from tests.making import PROGRAM, make_program, make_row

KANNEL = "/api/gateways/kannel/mo"
NUMBER = "15556667777"
LIMITED = ("limited", "secret of the limited")
OTHER_CODE = "30330"


async def listed(api: httpx.AsyncClient, code: str = "20880") -> list[str]:
    """The numbers that are opted out of a code."""
    answer = await api.get(f"/api/opt-outs/{code}")
    return [line.split('"')[3] for line in answer.raise_for_status().text.splitlines()]


async def write(
    api: httpx.AsyncClient,
    body: str,
    ago: int = 0,
    *,
    program_id: int = PROGRAM,
    auth: tuple[str, str] | None = None,
    **what_matters: str,
) -> None:
    """Post an MO that the handset wrote so many seconds ago."""
    date = instant.render_micros(instant.now() - ago * SECOND)
    row = make_row(id=f"{body} {ago} {auth}", body=body, date=date, **what_matters)
    options: dict[str, Any] = {"auth": auth} if auth else {}
    answer = await api.post(f"/api/messages/program/{program_id}", json=[row], **options)
    assert answer.raise_for_status().json()["data"]["accepted"] == 1


@pytest.fixture
async def two_codes(store: Store) -> Store:
    """A second program with a code of its own, and a credential for the first one only."""
    await store.create_program(
        make_program(id=7, name="Other", short_code=OTHER_CODE, keywords=("COME",))
    )
    limited = Credential(
        username=LIMITED[0], scopes=frozenset({Scope.INGEST}), programs=frozenset({PROGRAM})
    )
    await store.create_credential(limited, digest_of(LIMITED[1]))
    return store


async def test_a_message_dated_ahead_does_not_cancel_a_stop_that_arrives_later(
    api: httpx.AsyncClient,
) -> None:
    await write(api, "JOIN", ago=-HOUR // SECOND)
    await write(api, "STOP")
    assert await listed(api) == [NUMBER]


async def test_a_stop_that_is_dated_ahead_does_not_outrank_a_start_that_arrives_later(
    api: httpx.AsyncClient,
) -> None:
    await write(api, "STOP", ago=-HOUR // SECOND)
    assert await listed(api) == [NUMBER]
    await write(api, "START")
    assert await listed(api) == []


@pytest.mark.parametrize("body", ["thanks", "please START", "no", "", "when does it begin?"])
async def test_no_other_message_lifts_an_opt_out(api: httpx.AsyncClient, body: str) -> None:
    await write(api, "STOP", ago=9)
    await write(api, body, ago=1)
    assert await listed(api) == [NUMBER]


@pytest.mark.parametrize("body", ["START", "unstop", "Yes, please", "JOIN"])
async def test_an_opt_in_word_or_a_keyword_of_the_code_lifts_an_opt_out(
    api: httpx.AsyncClient, body: str
) -> None:
    await write(api, "STOP", ago=9)
    await write(api, body, ago=1)
    assert await listed(api) == []


async def test_a_keyword_of_another_code_is_no_opt_in(
    api: httpx.AsyncClient, two_codes: Store
) -> None:
    await write(api, "STOP", ago=9)
    await write(api, "COME", ago=1)
    assert await listed(api) == [NUMBER]


@pytest.mark.parametrize(
    "body", ["STOPALL", "revoke", "Optout", "OPT OUT", "opt, out!", "opt\n out now", "OPT-OUT"]
)
async def test_every_default_opt_out_word_opts_out_the_two_words_too(
    api: httpx.AsyncClient, body: str
) -> None:
    await write(api, body)
    assert await listed(api) == [NUMBER]


@pytest.mark.parametrize("body", ["OPT", "OPT IN", "opt me out", "OPTOUTS"])
async def test_half_of_a_two_word_opt_out_is_none(api: httpx.AsyncClient, body: str) -> None:
    await write(api, body)
    assert await listed(api) == []


@pytest.mark.parametrize("body", ["START", "STOP"])
async def test_a_limited_credential_changes_nothing_on_the_code_of_another_program(
    api: httpx.AsyncClient, two_codes: Store, body: str
) -> None:
    await write(api, "STOP" if body == "START" else "COME", ago=9, program_id=7)
    before = await listed(api, OTHER_CODE)
    await write(api, body, ago=1, auth=LIMITED, shortCode=OTHER_CODE)
    assert await listed(api, OTHER_CODE) == before


@pytest.mark.parametrize("way", [{"program": str(PROGRAM)}, {}, {"program": "9"}])
async def test_nor_does_it_through_kannel(
    api: httpx.AsyncClient, two_codes: Store, way: dict[str, str]
) -> None:
    await write(api, "STOP", ago=9, program_id=7)
    said = {"id": "k", "from": NUMBER, "to": OTHER_CODE, "text": "START", "charset": "UTF-8", **way}
    assert (await api.get(KANNEL, params=said, auth=LIMITED)).status_code == 200
    assert await listed(api, OTHER_CODE) == [NUMBER]


async def test_nor_by_an_unrouted_message_that_it_sends_again_to_a_code_of_its_own(
    api: httpx.AsyncClient, two_codes: Store
) -> None:
    """Not even when all messages are judged again."""
    await write(api, "STOP", ago=9, program_id=7)
    for code in (OTHER_CODE, "20880", OTHER_CODE):
        said = {"id": "k", "from": NUMBER, "to": code, "text": "START", "charset": "UTF-8"}
        assert (await api.get(KANNEL, params=said, auth=LIMITED)).status_code == 200
    for program_id in (NO_PROGRAM, PROGRAM, 7):
        await two_codes.rebuild_consent(program_id, "", 100)
    assert await listed(api, OTHER_CODE) == [NUMBER]


async def test_a_credential_for_all_programs_counts_on_every_code(
    api: httpx.AsyncClient, two_codes: Store
) -> None:
    await write(api, "STOP", ago=9, shortCode=OTHER_CODE)
    assert await listed(api, OTHER_CODE) == [NUMBER]
    await write(api, "START", ago=1, shortCode=OTHER_CODE)
    assert await listed(api, OTHER_CODE) == []


async def test_a_code_that_the_program_had_is_still_its_own(
    api: httpx.AsyncClient, two_codes: Store
) -> None:
    [program, _] = sorted(await two_codes.programs(), key=lambda program: -program.id)
    await two_codes.update_program(make_program(short_code="40440"), was=program)
    await write(api, "STOP", auth=LIMITED, shortCode="20880")
    assert await listed(api) == [NUMBER]
