"""The ledger against a plain model of it, over random sequences of what callers do."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import apsw
import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from smsledger.ledger import instant
from smsledger.store import migrate, open_store
from tests.application import COUNTS, PAGES, RECEIPTS, application
from tests.making import make_program
from tests.properties import conversation
from tests.properties.plain import PlainLedger, PlainWalk, counted, shown

INCLUDE = ("id", "shortCode", "segments", "updatedAt", "errorCode", "gateway")
SHARED = Path("/dev/shm")  # noqa: S108 (each example has a folder of its own in it)
Result = TypeVar("Result")
LONGEST = timedelta(hours=47)  # after 48 hours what is old leaves, which is another test's matter
HISTORY = """
SELECT message.id, h.delivery_status, h.date, h.network, h.gateway, h.error_code, h.text
FROM status_history AS h JOIN message USING (program_id, serial) ORDER BY h.serial, h.change
"""


class Ledgers(RuleBasedStateMachine):
    """The real application on a real file, and the model of it, under one stopped clock."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.now = conversation.BEGIN
        self.clock = mock.patch.object(instant, "now", side_effect=lambda: micros(self.now))
        self.clock.start()
        self.loop = asyncio.new_event_loop()
        # In memory where that can be had: thousands of commits, and none is to last.
        self.directory = tempfile.TemporaryDirectory(dir=SHARED if SHARED.is_dir() else None)
        self.file = Path(shutil.copy(self.template, self.directory.name))
        self.model = PlainLedger()
        self.walks: list[tuple[PlainWalk, str, datetime, tuple[str, ...]]] = []
        self.starts = 0
        self.run(self._start())

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()
        self.directory.cleanup()
        self.clock.stop()

    def run(self, work: Awaitable[Result]) -> Result:
        return self.loop.run_until_complete(work)

    async def _start(self) -> None:
        self.stack = AsyncExitStack()
        store = await open_store(f"sqlite:///{self.file}")
        self.stack.push_async_callback(store.close)
        if not self.starts:
            await store.create_program(make_program())
        self.starts += 1
        running = application(store, f"sqlite:///{self.file}", f"tester {self.starts}")
        self.api = await self.stack.enter_async_context(running)

    def _post(
        self,
        address: str,
        cases: list[conversation.Case],
        take: Callable[[dict[str, Any], datetime], str],
    ) -> None:
        """Post rows; what the server says of each must be what the model says."""
        expected = [wrong or take(meant, self.now) for _, meant, wrong in cases]
        rows = [row for row, _, _ in cases]
        answer = self.run(self.api.post(address, json=rows)).raise_for_status()
        report = answer.json()["data"]
        fields = {each["index"]: each["field"] for each in report["rejections"]}
        assert report["accepted"] == expected.count("accepted")
        assert report["duplicates"] == expected.count("duplicate")
        assert fields == {
            n: said for n, said in enumerate(expected) if said not in {"accepted", "duplicate"}
        }

    @rule(cases=st.lists(conversation.messages(), min_size=1, max_size=12))
    def ingest(self, cases: list[conversation.Case]) -> None:
        self._post(PAGES, cases, self.model.ingest)

    @rule(cases=st.lists(conversation.receipts(), min_size=1, max_size=8), again=st.booleans())
    def hear(self, cases: list[conversation.Case], again: bool) -> None:
        self._post(RECEIPTS, cases * 2 if again else cases, self.model.receive)

    @rule(cases=st.lists(conversation.receipts(), min_size=1, max_size=4))
    def hear_with_and_without_a_date(self, cases: list[conversation.Case]) -> None:
        self._post(RECEIPTS, cases, self.model.receive)
        self._post(RECEIPTS, [conversation.undated(case) for case in cases], self.model.receive)

    @rule(passed=st.sampled_from([1, 60, 3600, 13 * 3600]))
    @precondition(lambda self: self.now < conversation.BEGIN + LONGEST - timedelta(hours=13))
    def let_time_pass(self, passed: int) -> None:
        self.now += timedelta(seconds=passed)

    @rule()
    def restart(self) -> None:
        self.run(self.stack.aclose())
        self.run(self._start())

    @initialize(cases=st.lists(conversation.messages(), min_size=5, max_size=25))
    def begin_with_some_messages(self, cases: list[conversation.Case]) -> None:
        self._post(PAGES, cases, self.model.ingest)

    @rule(case=conversation.filters(), size=st.integers(1, 3), include=st.sampled_from([1, 6]))
    def begin_a_walk(
        self, case: tuple[dict[str, Any], dict[str, Any]], size: int, include: int
    ) -> None:
        parameters, meant = case
        walk = PlainWalk(self.model, meant, self.now)
        fields = INCLUDE[:include]
        asked = {**parameters, "pageSize": size, "include": ",".join(fields)}
        self._read(walk, httpx.URL(PAGES, params=asked), size, fields)

    @rule(case=conversation.messages())
    @precondition(lambda self: self.walks)
    def ingest_one_while_somebody_walks(self, case: conversation.Case) -> None:
        self._post(PAGES, [case], self.model.ingest)

    @rule(data=st.data(), size=st.integers(1, 6))
    @precondition(lambda self: self.walks)
    def go_on_with_a_walk(self, data: st.DataObject, size: int) -> None:
        walk, url, issued, fields = self.walks.pop(
            data.draw(st.integers(0, len(self.walks) - 1), label="walk")
        )
        page = httpx.URL(url).copy_set_param("pageSize", size)
        if self.now - issued > timedelta(hours=24):
            problems = self.run(self.api.get(page)).json()["meta"]["generalErrors"]
            assert [problem["code"] for problem in problems] == ["walk_expired"]
        else:
            self._read(walk, page, size, fields)

    @rule(case=conversation.filters(), size=st.integers(1, 6), number=st.integers(1, 4))
    def ask_for_a_page_by_its_number(
        self, case: tuple[dict[str, Any], dict[str, Any]], size: int, number: int
    ) -> None:
        parameters, meant = case
        asked = {**parameters, "pageSize": size, "page": number, "include": "id"}
        answer = self.run(self.api.get(PAGES, params=asked)).raise_for_status().json()
        ids = [each["id"] for each in PlainWalk(self.model, meant, self.now).matching()]
        begin = (number - 1) * size
        assert [each["id"] for each in answer["data"]["messages"]] == ids[begin : begin + size]
        assert (answer["meta"]["nextPageUrl"] is None) == (begin + size >= len(ids))

    @rule(case=conversation.filters(), by=st.sampled_from(["day", "hour"]))
    def ask_for_counts(self, case: tuple[dict[str, Any], dict[str, Any]], by: str) -> None:
        parameters, meant = case
        asked = {name: value for name, value in parameters.items() if name != "number"}
        answer = self.run(self.api.get(COUNTS, params={**asked, "by": by})).raise_for_status()
        shown = [tuple(each.values()) for each in answer.json()["data"]["counts"]]
        messages = PlainWalk(self.model, {**meant, "numbers": None}, self.now).matching()
        assert shown == counted(messages, by)

    @invariant()
    def everything_said_is_in_the_history(self) -> None:
        connection = apsw.Connection(str(self.file), flags=apsw.SQLITE_OPEN_READONLY)
        with closing(connection):
            found = connection.execute(HISTORY).fetchall()
            waiting = connection.execute("SELECT count(*) FROM orphan_receipt").get
        assert found == [
            (message["id"], *conversation.said(entry, micros))
            for message in self.model.messages
            for entry in message["history"]
        ]
        assert waiting == len(self.model.waiting)

    def _read(self, walk: PlainWalk, url: httpx.URL, size: int, fields: tuple[str, ...]) -> None:
        """Read a page of a walk: it must be the model's, field by field, and its next one too."""
        answer = self.run(self.api.get(url)).raise_for_status().json()
        page, following = answer["data"]["messages"], answer["meta"]["nextPageUrl"]
        walk.check([each["id"] for each in page], size, following is None)
        for each in page:
            message = self.model.find(each["id"])
            assert message is not None
            assert list(each.items()) == list(shown(message, fields).items())
        if following:
            self.walks.append((walk, following, self.now, fields))


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> None:
    Ledgers.template = tmp_path_factory.mktemp("model") / "ledger.db"
    migrate.upgrade(f"sqlite:///{Ledgers.template}")


def test_the_ledger_does_what_the_plain_model_of_it_does(template: None) -> None:
    class_settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(Ledgers, settings=class_settings)
