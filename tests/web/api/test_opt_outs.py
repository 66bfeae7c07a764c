"""GET /api/opt-outs/{shortCode}: who has opted out, for those who may know."""

import asyncio
import csv
import io
import json
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.ledger.export_log import LogQuery
from smsledger.ledger.model import Credential, Scope
from smsledger.ledger.opt_outs import OptOutsQuery, OptOutsStep
from smsledger.store.store import Store
from smsledger.web.api import opt_outs
from tests.application import PAGES, SECRET, application
from tests.making import PROGRAM, YESTERDAY, make_program, make_row
from tests.store.test_consent import NUMBER, OTHER, make_mo, waiting

OPT_OUTS = "/api/opt-outs/20880"
SAID = (("baja", NUMBER), ("STOP", OTHER))
DATE = YESTERDAY
LINE = {
    "number": NUMBER,
    "shortCode": "20880",
    "word": "STOP",
    "date": instant.render_seconds(DATE),
    "programId": PROGRAM,
    "messageId": "Stop!-0",
}


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.raise_for_status().text.splitlines()]


async def numbers(api: httpx.AsyncClient, **options: Any) -> list[str]:
    return [line["number"] for line in lines(await api.get(OPT_OUTS, **options))]


@pytest.fixture
async def stopped(store: Store) -> Store:
    """A store in which a handset has said STOP, and another one HI."""
    said = [
        make_mo("JOIN", date=DATE - 1),
        make_mo("Stop!", date=DATE),
        make_mo("HI", number=OTHER),
    ]
    await store.record_messages(PROGRAM, said)
    return store


async def test_opt_outs_come_as_ndjson(api: httpx.AsyncClient, stopped: Store) -> None:
    answer = await api.get(OPT_OUTS)
    assert lines(answer) == [LINE]
    assert list(lines(answer)[0]) == list(LINE)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="opt-outs-20880.ndjson"'


async def test_opt_outs_come_as_csv(api: httpx.AsyncClient, stopped: Store) -> None:
    answer = await api.get(OPT_OUTS, params={"format": "csv"})
    assert list(csv.DictReader(io.StringIO(answer.text, newline=""))) == [
        {**LINE, "programId": str(PROGRAM)}
    ]
    assert answer.headers["content-disposition"] == 'attachment; filename="opt-outs-20880.csv"'


async def test_a_stop_that_found_no_program_is_an_opt_out_for_who_sees_all_programs(
    api: httpx.AsyncClient, store: Store
) -> None:
    await store.keep_unrouted(waiting("STOP"))
    limited = Credential(
        username="l", scopes=frozenset({Scope.EXPORT}), programs=frozenset({PROGRAM})
    )
    await store.create_credential(limited, digest_of("x"))
    assert await numbers(api) == [NUMBER]
    assert await numbers(api, auth=("l", "x")) == []
    await store.record_messages(PROGRAM, [make_mo("JOIN", 1)])
    assert await numbers(api) == []


async def test_a_code_of_no_program_has_opt_outs_when_somebody_wrote_stop_to_it(
    api: httpx.AsyncClient, store: Store
) -> None:
    assert (await api.get("/api/opt-outs/40440")).status_code == 404
    await store.keep_unrouted(waiting("STOP", short_code="40440"))
    [line] = lines(await api.get("/api/opt-outs/40440"))
    assert (line["number"], line["shortCode"]) == (NUMBER, "40440")


async def test_an_opt_out_whose_message_is_not_stored_any_more_has_no_message_id(
    api: httpx.AsyncClient, stopped: Store
) -> None:
    await stopped.erase(PROGRAM, ["Stop!-0"])
    assert lines(await api.get(OPT_OUTS)) == [{**LINE, "messageId": None}]


async def test_an_opt_out_that_found_no_program_names_the_message_alone(
    api: httpx.AsyncClient, store: Store
) -> None:
    await store.keep_unrouted(waiting("STOP"))
    [line] = lines(await api.get(OPT_OUTS))
    assert (line["programId"], line["messageId"]) == (None, "STOP-0")
    await store.erase_number(0, OTHER)
    answer = await api.get(OPT_OUTS, params={"format": "csv"})
    assert answer.text.endswith(",,STOP-0\r\n")


async def test_of_a_code_of_which_nobody_has_opted_out_the_list_is_empty(
    api: httpx.AsyncClient,
) -> None:
    assert lines(await api.get(OPT_OUTS)) == []
    answer = await api.get(OPT_OUTS, params={"format": "csv"})
    assert answer.text == "number,shortCode,word,date,programId,messageId\r\n"


async def test_many_opt_outs_are_read_in_steps(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opt_outs, "STEP", 7)
    everyone = [f"{15_550_000_000 + n}" for n in range(28)]
    await store.record_messages(PROGRAM, [make_mo("END", number=each) for each in everyone])
    assert await numbers(api) == everyone
    answer = await api.get(OPT_OUTS, params={"format": "csv"})
    assert len(answer.text.splitlines()) == 29


async def rejoin(store: Store) -> str:
    """Let 31 numbers opt out, and all but the last, which it returns, join in another program."""
    await store.create_program(make_program(id=7, name="Rest", keywords=()))
    everyone = [f"{15_550_000_000 + n}" for n in range(31)]
    await store.record_messages(PROGRAM, [make_mo("STOP", number=each) for each in everyone])
    await store.record_messages(7, [make_mo("JOIN", 1, number=each) for each in everyone[:-1]])
    return everyone[-1]


async def test_a_step_that_finds_none_is_not_the_last(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opt_outs, "STEP", 7)
    last = await rejoin(store)
    assert await numbers(api) == [last]


async def test_a_revoked_credential_gets_no_further_step(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opt_outs, "STEP", 2)
    everyone = [make_mo("END", number=f"155500{n}") for n in range(5)]
    await store.record_messages(PROGRAM, everyone)
    found, read = [], type(store).opt_outs

    async def revoking(self: Store, query: OptOutsQuery) -> OptOutsStep:
        found.append(await read(self, query))
        if len(found) == 1:
            await store.revoke_credential("tester")
        return found[-1]

    monkeypatch.setattr(type(store), "opt_outs", revoking)
    with pytest.raises(AssertionError):  # the transport's: the answer was broken off
        await api.get(OPT_OUTS)
    assert len(found) == 1


async def test_only_the_programs_of_the_credential_are_asked(
    api: httpx.AsyncClient, stopped: Store
) -> None:
    await stopped.create_program(make_program(id=7, name="Rest", keywords=()))
    await stopped.record_messages(7, [make_mo("JOIN", 9)])
    limited = Credential(
        username="limited", scopes=frozenset({Scope.EXPORT}), programs=frozenset({PROGRAM})
    )
    await stopped.create_credential(limited, digest_of(SECRET))
    assert await numbers(api) == []
    assert await numbers(api, auth=("limited", SECRET)) == [NUMBER]


async def test_a_code_that_nobody_has_is_not_an_empty_list(
    api: httpx.AsyncClient, stopped: Store
) -> None:
    answer = await api.get("/api/opt-outs/20881")
    assert answer.status_code == 404
    assert answer.json()["meta"]["generalErrors"][0]["code"] == "short_code_not_found"
    said = [make_mo("END", 9, short_code="20881")]
    await stopped.record_messages(PROGRAM, said, any_code=True)
    assert [each["word"] for each in lines(await api.get("/api/opt-outs/20881"))] == ["END"]


@pytest.mark.parametrize(
    ("path", "code", "parameter"),
    [
        ("/api/opt-outs/2088%00", "invalid_path", "shortCode"),
        ("/api/opt-outs/" + "1" * 21, "invalid_path", "shortCode"),
        (f"{OPT_OUTS}?format=xlsx", "invalid_parameter", "format"),
        (f"{OPT_OUTS}?words=STOP", "unknown_parameter", "words"),
    ],
)
async def test_what_is_wrong_is_said(
    api: httpx.AsyncClient, path: str, code: str, parameter: str
) -> None:
    answer = await api.get(path)
    assert answer.status_code == 400
    [problem] = answer.json()["meta"]["generalErrors"]
    assert (problem["code"], problem["parameter"]) == (code, parameter)


async def test_the_words_are_a_setting(store: Store, store_url: str) -> None:
    async with application(store, store_url, opt_out_words=" alto , Baja ") as api:
        rows = [make_row(id=body, body=body, number=number) for body, number in SAID]
        await api.post(PAGES, json=rows)
        assert await numbers(api) == [NUMBER]


async def test_the_rule_is_a_setting(store: Store, store_url: str) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP"), make_mo("thanks", 1)])
    async with application(store, store_url, opt_out_rule="latest_word") as api:
        assert await numbers(api) == []
    async with application(store, store_url, user="other") as api:
        assert await numbers(api) == [NUMBER]


async def test_a_server_logs_at_its_start_that_a_rebuild_is_due(
    store: Store, store_url: str
) -> None:
    await store.record_messages(PROGRAM, [make_mo("Hi")])
    with capture_logs() as logs:
        async with application(store, store_url, opt_out_words="ALTO"), asyncio.timeout(10):
            while "opt_outs_rebuild_due" not in {log["event"] for log in logs}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_who_fetched_a_list_is_in_the_log_before_its_first_byte(
    api: httpx.AsyncClient, stopped: Store
) -> None:
    await api.head(OPT_OUTS)
    await api.get(OPT_OUTS, params={"format": "csv"})
    [entry] = await stopped.exports(LogQuery(limit=9))
    assert (entry.username, entry.program_id) == ("tester", 0)
    assert (entry.kind, entry.filters) == ("opt-outs csv", "shortCode=20880")
