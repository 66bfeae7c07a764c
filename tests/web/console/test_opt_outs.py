"""/opt-outs: who has opted out, on pages and as files."""

import re

import httpx
import pytest

from smsledger.ledger import instant
from smsledger.store.store import Store
from smsledger.web.console import opt_outs
from tests.making import PROGRAM, YESTERDAY, make_program
from tests.store.test_consent import NUMBER, OTHER, make_mo, waiting
from tests.web.api.test_opt_outs import rejoin
from tests.web.console.conftest import SECRET, Visit, Visitor

PAGE = "/opt-outs?code=20880"


def cells(page: httpx.Response) -> list[list[str]]:
    """The rows of the table."""
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.sub(r"<[^>]+>", " ", row).split() for row in body.split("</tr>")[:-1]]


@pytest.fixture
async def stopped(store: Store) -> Store:
    """A store in which a handset has said STOP, and another one has joined again."""
    again = [make_mo("STOP", number=OTHER), make_mo("JOIN", 1, number=OTHER)]
    await store.record_messages(PROGRAM, [make_mo("Stop."), *again])
    return store


async def test_the_page_shows_number_word_and_date(visit: Visit, stopped: Store) -> None:
    page = await (await visit("report")).get(PAGE)
    assert page.status_code == 200
    assert cells(page) == [
        [NUMBER, "STOP", *instant.render_seconds(YESTERDAY).split("T"), "Stop.-0"]
    ]
    assert f'href="/programs/{PROGRAM}/message?id=Stop.-0"' in page.text
    assert "CANCEL, UNSUBSCRIBE, OPT OUT or OPT-OUT" in page.text


async def test_the_only_code_is_shown_at_once_and_of_several_one_is_chosen(
    visit: Visit, stopped: Store
) -> None:
    client = await visit("report")
    assert len(cells(await client.get("/opt-outs"))) == 1
    await stopped.create_program(make_program(id=7, name="B", short_code="30330", keywords=()))
    page = await client.get("/opt-outs")
    assert cells(page) == []
    assert 'href="/opt-outs?code=20880"' in page.text
    assert 'href="/opt-outs?code=30330"' in page.text
    assert "Nobody has opted out." in (await client.get("/opt-outs?code=30330")).text


async def test_a_code_that_a_program_had_is_still_offered(visit: Visit, stopped: Store) -> None:
    [program] = await stopped.programs()
    moved = make_program(short_code="40440", campaign=program.campaign)
    await stopped.update_program(moved, was=program)
    page = await (await visit("report")).get("/opt-outs")
    assert 'href="/opt-outs?code=20880"' in page.text
    assert 'href="/opt-outs?code=40440"' in page.text


async def test_a_code_to_which_no_program_listens_is_offered_and_shown(
    visit: Visit, stopped: Store
) -> None:
    await stopped.keep_unrouted(waiting("QUIT", short_code="40440"))
    client = await visit("report")
    assert 'href="/opt-outs?code=40440"' in (await client.get("/opt-outs")).text
    [[number, word, *_]] = cells(await client.get("/opt-outs?code=40440"))
    assert (number, word) == (NUMBER, "QUIT")


@pytest.mark.parametrize("written", ["%2B20880", "+20880", "20880"])
async def test_a_plus_before_a_code_does_not_matter(
    visit: Visit, stopped: Store, written: str
) -> None:
    page = await (await visit("report")).get(f"/opt-outs?code={written}")
    assert [row[0] for row in cells(page)] == [NUMBER]


async def test_many_come_in_pages_by_number(visit: Visit, store: Store) -> None:
    everyone = [f"{15_550_000_000 + n}" for n in range(120)]
    await store.record_messages(PROGRAM, [make_mo("END", number=each) for each in everyone])
    client, found = await visit("report"), []
    path: str | None = PAGE
    while path:
        page = await client.get(path.replace("&amp;", "&"))
        found.append([row[0] for row in cells(page)])
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = following[1] if following else None
    assert [len(each) for each in found] == [50, 50, 20]
    assert [number for each in found for number in each] == everyone


async def test_a_page_looks_past_those_who_have_joined_again(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opt_outs, "STEP", 7)
    last = await rejoin(store)
    assert [row[0] for row in cells(await (await visit("report")).get(PAGE))] == [last]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
async def test_a_download_is_the_api_s_answer(visit: Visit, stopped: Store, form: str) -> None:
    client = await visit("report", "export")
    page = await client.get(PAGE)
    [path] = re.findall(rf'href="([^"]+format={form})"', page.text)
    file = await client.get(path.replace("&amp;", "&"))
    wire = await client.get(f"/api/opt-outs/20880?format={form}", auth=("visitor", SECRET))
    assert (file.status_code, file.content) == (200, wire.content)
    disposition = f'attachment; filename="opt-outs-20880.{form}"'
    assert file.headers["content-disposition"] == disposition


async def test_who_sees_some_programs_only_is_told(visit: Visit, stopped: Store) -> None:
    await stopped.create_program(make_program(id=7, name="B", short_code="30330", keywords=()))
    client = await visit("report", programs={7})
    page = await client.get("/opt-outs?code=30330")
    assert "You can see only some programs." in page.text
    page = await client.get(PAGE)
    assert (page.status_code, cells(page)) == (404, [])
    assert (await client.get("/opt-outs/export?code=20880")).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/opt-outs?code=20881", 404, "No program has the short code 20881"),
        ("/opt-outs?code=<script>", 400, "1 to 20 digits or letters"),
        ("/opt-outs?code=20880&after=%00x", 200, "Opt-outs of 20880"),
        ("/opt-outs/export?code=20881", 404, "No program has the short code 20881"),
        ("/opt-outs/export?format=xlsx", 400, "not one of ndjson, csv"),
        ("/opt-outs/export", 400, "code is missing"),
    ],
)
async def test_what_is_wrong_is_said_on_a_page(
    visit: Visit, path: str, status: int, said: str
) -> None:
    page = await (await visit("report")).get(path)
    assert page.status_code == status
    assert said in page.text
    assert "<script>" not in page.text.replace('<script src="', "")


async def test_nobody_sees_opt_outs_unless_signed_in_for_them(
    browser: Visitor, visit: Visit, stopped: Store
) -> None:
    for path in (PAGE, "/opt-outs/export?code=20880"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.text) == (303, "")
        assert "/sign-in?next=" in answer.headers["location"]


async def test_a_session_that_is_over_gets_no_file(visit: Visit, stopped: Store) -> None:
    client = await visit("report")
    await stopped.revoke_credential("visitor")
    assert (await client.get("/opt-outs/export?code=20880")).status_code == 303
