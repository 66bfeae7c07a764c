"""`smsledger.client` as a Python program uses it, against the real server and the double."""

import builtins
import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

import smsledger.client
from smsledger.client import Changed
from smsledger.client.errors import MissingPackage
from smsledger.client.python.api import Client
from smsledger.client.python.feed import Changes
from smsledger.client.python.filters import Filters
from smsledger.ledger import instant
from smsledger.ledger.fields import FIELDS
from smsledger.ledger.filters import FILTERS
from tests.client.conftest import SECRET, USER
from tests.client.original import Original, make_message
from tests.client.ours import Ours
from tests.making import PROGRAM, make_row
from tests.server import Server
from tests.server import smsledger as run

DAY: dict[str, Any] = {"start": date(2014, 12, 1), "end": date(2014, 12, 31)}


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    user, secret = server.auth
    with smsledger.client.Client(server.url, user=user, secret=secret) as client:
        yield client


@pytest.fixture
def double(ours: Ours, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr("smsledger.client.http.retry._pause", lambda _: 0)  # before it is captured
    ours.messages = [make_message(serial) for serial in range(30)]
    with smsledger.client.Client(ours.url, user=USER, secret=SECRET) as client:
        yield client


def posted(server: Server, count: int = 25) -> list[dict[str, Any]]:
    rows = [make_row(id=f"m-{n}", body=f"é👋 {n}", network=None) for n in range(count)]
    assert server.post(rows).status_code == 200
    return rows


def test_messages_are_typed(client: Client, server: Server) -> None:
    [row] = posted(server, 1)
    [message] = client.messages(PROGRAM, include="id,updatedAt", type="MO")
    assert (message.id, message.body, message.network) == ("m-0", "é👋 0", None)
    assert message.delivery_status == "Received"
    assert message.date is not None
    assert message.updated_at is not None
    assert instant.render_seconds(instant.parse(row["date"]).first) == f"{message.date:%FT%T}"
    assert message.date.utcoffset() == message.updated_at.utcoffset() == timedelta(0)


def test_a_broken_stream_is_gone_on_with_and_gives_each_message_once(
    ours: Ours, double: Client
) -> None:
    for nicely, cut in itertools.product((True, False), range(100, 4000, 300)):
        ours.nicely, ours.cuts = nicely, [cut, 900, 700]
        bodies = [message.body for message in double.messages(121811, **DAY)]
        assert bodies == [f"JOIN {serial}" for serial in range(30)], (nicely, cut)


def test_the_original_api_gives_its_pages(original: Original) -> None:
    original.messages = [make_message(serial, body="half \ud83d") for serial in range(3)]
    with smsledger.client.Client(original.url, user=USER, secret=SECRET) as client:
        messages = list(client.messages(121811, **DAY))
    assert [message.number for message in messages] == [f"1555666000{n}" for n in range(3)]
    assert messages[2].date == datetime(2014, 12, 5, 10, 0, 2, tzinfo=UTC)


def test_a_moment_without_a_zone_is_refused(double: Client) -> None:
    with pytest.raises(ValueError, match=r"no zone"):
        list(double.messages(121811, start=datetime(2014, 12, 1)))  # noqa: DTZ001


def test_tables_and_frames_hold_the_messages(client: Client, server: Server) -> None:
    posted(server)
    table = client.messages_table(PROGRAM, include="id")
    assert table.column_names[-1] == "id"
    assert sorted(table["id"].to_pylist()) == sorted(f"m-{n}" for n in range(25))
    frame = client.messages_frame(PROGRAM, include="id")
    assert list(frame["date"]) == [message.date for message in client.messages(PROGRAM)]
    assert sum(batch.num_rows for batch in client.record_batches(PROGRAM)) == 25


def test_a_table_without_messages_has_its_columns(client: Client) -> None:
    assert client.messages_table(PROGRAM).column_names[:2] == ["type", "delivery_status"]


@pytest.mark.parametrize("package", ["pyarrow", "pandas"])
def test_a_missing_package_is_named_with_its_extra(
    double: Client, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> ModuleType:
        if name == package:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPackage, match=rf"{package}.*pip install 'smsledger\[dataframe\]'"):
        double.messages_frame(121811, **DAY)


def test_changes_come_with_the_token_that_goes_on(client: Client, server: Server) -> None:
    posted(server, 3)
    *_, last = client.changes(PROGRAM)
    server.post([make_row(id="later", type="MT")])
    server.post([{"id": "later", "deliveryStatus": "Delivered"}], "/receipts")
    [batch] = client.changes(PROGRAM, after=last.token, history=True)
    [changed] = batch.changes
    assert isinstance(changed, Changed)
    assert (changed.id, changed.delivery_status) == ("later", "Delivered")
    assert [entry.delivery_status for entry in changed.history][-1] == "Delivered"
    assert [each.changes for each in client.changes(PROGRAM, after=batch.token)] == [()]


def test_waiting_for_changes_never_ends(client: Client, server: Server) -> None:
    posted(server, 1)
    batches = client.changes(PROGRAM, wait=1)
    assert len(next(batches).changes) == 1
    assert next(batches).changes == ()


def test_changes_are_a_table_with_the_token_to_keep(client: Client, server: Server) -> None:
    posted(server, 3)
    table, token = client.changes_table(PROGRAM, include="segments")
    assert table.column_names[-4:] == ["id", "segments", "change", "erased"]
    assert table["id"].to_pylist() == ["m-0", "m-1", "m-2"]
    assert table["erased"].to_pylist() == [False] * 3
    server.post([make_row(id="later")])
    frame, token = client.changes_frame(PROGRAM, after=token)
    assert list(frame["id"]) == ["later"]
    table, _ = client.changes_table(PROGRAM, after=token)
    assert (table.num_rows, table.column_names[-3:]) == (0, ["id", "change", "erased"])


def test_an_erased_message_is_a_row_of_nulls(client: Client, server: Server) -> None:
    posted(server, 2)
    _, token = client.changes_table(PROGRAM)
    run("erase", "--program", str(PROGRAM), "--id", "m-0", "--store", server.store_url)
    table, _ = client.changes_table(PROGRAM, after=token)
    [row] = table.to_pylist()
    change = row.pop("change")
    assert {name: cell for name, cell in row.items() if cell} == {"id": "m-0", "erased": True}
    assert change > 2


def test_a_message_that_changes_on_the_way_is_one_row(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsledger.client.python.api.MAX_LIMIT", 1)
    server.post([make_row(id=f"t-{n}", type="MT") for n in range(2)])
    feed = client.changes

    def meanwhile(*asked: int, **how: Any) -> Iterator[Changes]:
        batches = feed(*asked, **how)
        yield next(batches)
        server.post([{"id": "t-0", "deliveryStatus": "Delivered"}], "/receipts")
        yield from batches

    monkeypatch.setattr(client, "changes", meanwhile)
    table, _ = client.changes_table(PROGRAM)
    assert table["id"].to_pylist() == ["t-1", "t-0"]
    assert table["delivery_status"].to_pylist() == ["Sent", "Delivered"]


def test_the_typed_filters_are_those_of_the_table() -> None:
    keywords = {each.keyword for each in FILTERS}
    assert set(Filters.__annotations__) == keywords | {"start", "end", "include"}


def test_the_attributes_of_a_message_are_the_fields_of_the_table() -> None:
    assert smsledger.client.Message.__struct_fields__ == tuple(each.column for each in FIELDS)
