"""/programs: who sees which, and the figures beside them."""

from typing import Any

import pytest

from smsledger.ledger import instant
from smsledger.ledger.counts import RecentQuery
from smsledger.ledger.model import DeliveryStatus, Message, MessageType, Program
from smsledger.store.store import Store
from tests.making import PROGRAM, make_message, make_program
from tests.web.console.conftest import Visit

NOW = instant.now()


def ago(hours: int, **what: Any) -> Message:
    return make_message(date=NOW - hours * instant.HOUR, **what)


def row(text: str) -> str:
    """The cells of the table's rows, without the markup."""
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    return " ".join(body.replace("<", " <").replace(">", "> ").split())


async def test_the_figures_are_those_of_the_last_day_and_of_thirty(
    visit: Visit, store: Store
) -> None:
    delivered = {"type": MessageType.MT, "delivery_status": DeliveryStatus.DELIVERED}
    messages = [ago(1, id="a", **delivered), ago(2, id="b"), ago(50, id="c"), ago(24 * 40, id="d")]
    await store.record_messages(PROGRAM, messages)
    shown = row((await (await visit("report")).get("/programs")).text)
    assert f'href="/programs/{PROGRAM}"' in shown
    assert 'data-label="24 hours" class="number"> 2 <' in shown
    assert 'data-label="30 days" class="number"> 3 <' in shown
    assert 'data-label="Delivered" class="number"> 33.3 % <' in shown


async def test_a_program_without_messages_has_no_rate(visit: Visit) -> None:
    shown = row((await (await visit("report")).get("/programs")).text)
    assert 'data-label="Delivered" class="number"> – <' in shown
    assert "<path d=" in shown


async def test_only_the_programs_of_the_credential_are_there(visit: Visit, store: Store) -> None:
    other = await store.create_program(make_program(id=0, name="Winter Sale", keywords=()))
    page = await (await visit("report", programs={other.id})).get("/programs")
    assert "Winter Sale" in page.text
    assert "Summer Sale" not in page.text


async def test_who_sees_none_is_told(visit: Visit) -> None:
    page = await (await visit("report", programs={5})).get("/programs")
    assert "There is no program that you may see." in page.text


@pytest.mark.parametrize("words", ["winter", "20881", "NOEL", "default campaign", "121900 sale"])
async def test_a_program_is_found_by_what_is_known_of_it(
    visit: Visit, store: Store, words: str
) -> None:
    await store.create_program(winter())
    page = await (await visit("report")).get("/programs", params={"q": words})
    assert "Winter Sale" in page.text
    assert ("Summer Sale" in page.text) == (words == "default campaign")


async def test_what_fits_nothing_is_said_and_is_text(visit: Visit) -> None:
    page = await (await visit("report")).get("/programs", params={"q": "<b>"})
    assert "No program fits “&lt;b&gt;”." in page.text


async def test_many_programs_come_in_pages(visit: Visit, store: Store) -> None:
    for number in range(60):
        await store.create_program(make_program(id=0, name=f"Program {number:02}", keywords=()))
    client = await visit("report")
    page = await client.get("/programs")
    assert page.text.count("<tr>") == 51
    assert "1 to 50 of 61" in page.text
    page = await client.get("/programs?page=2")
    assert "51 to 61 of 61" in page.text


async def test_the_figures_of_all_programs_are_asked_for_at_once(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await store.create_program(make_program(id=0, name=f"Program {number}", keywords=()))
    asked, recent_counts = [], type(store).recent_counts

    async def listen(self: Store, query: RecentQuery) -> list[Any]:
        asked.append(len(query.program_ids))
        return await recent_counts(self, query)

    monkeypatch.setattr(type(store), "recent_counts", listen)
    await (await visit("report")).get("/programs")
    assert asked == [4]


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=999999999999", "q=%ff%00", "q=" + "x" * 9999]
)
async def test_odd_questions_are_answered(visit: Visit, query: str) -> None:
    assert (await (await visit("report")).get(f"/programs?{query}")).status_code == 200


def winter() -> Program:
    return Program(
        id=121900,
        name="Winter Sale",
        type="Text to Join",
        campaign="Default Campaign",
        short_code="20881",
        keywords=("NOEL",),
    )
