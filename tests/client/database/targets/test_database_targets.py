"""Into a database, once and again, from our own server."""

from smsledger.store import open_store
from smsledger.store.store import Store
from tests.client.database.targets.conftest import Export, Target, ledger_rows
from tests.making import PROGRAM, make_row
from tests.server import Server


def receipt(number: int, status: str = "Delivered") -> dict[str, str]:
    return {"id": f"m-{number}", "deliveryStatus": status}


def post(server: Server, *rows: dict[str, str]) -> None:
    server.post(list(rows)).raise_for_status()


def test_the_table_holds_what_the_ledger_holds(
    server: Server, target: Target, export: Export
) -> None:
    post(server, *(make_row(id=f"m-{n}", type="MT", body=f"é👋\t\\N\n{n}") for n in range(1200)))
    assert export() == "1200 changes in messages\n"
    assert target.rows() == ledger_rows(server)


def test_the_next_run_brings_what_changed_only(
    server: Server, target: Target, export: Export
) -> None:
    post(server, *(make_row(id=f"m-{n}", type="MT") for n in range(3)))
    export()
    server.post([receipt(1)], to="/receipts").raise_for_status()
    assert export() == "1 change in messages\n"
    assert target.rows() == ledger_rows(server)


async def test_the_erased_leave_the_table(
    server: Server, target: Target, export: Export, store: Store
) -> None:
    post(server, *(make_row(id=f"m-{n}") for n in range(3)))
    export()
    await store.erase(PROGRAM, ["m-1"])
    export()
    assert [row[0] for row in target.rows()] == ["m-0", "m-2"]


def test_a_table_of_another_layout_is_left_alone(
    server: Server, target: Target, export: Export
) -> None:
    target.query("CREATE TABLE messages (id bigint, note text)")
    printed = export(status=1)
    assert "id (bigint, not text)" in printed
    assert "note (text, not expected)" in printed
    assert "--table" in printed
    assert target.query("SELECT count(*) FROM messages") == [(0,)]


async def test_a_token_of_another_epoch_asks_for_a_restart(
    server: Server, target: Target, export: Export, store_url: str
) -> None:
    post(server, make_row())
    export()
    opened = await open_store(store_url)
    await opened.renew_epoch("another")
    await opened.close()
    server.kill()
    server.start()
    assert "--restart" in export(status=1)
    target.query("UPDATE messages SET id = 'of before'")
    export("--restart")
    assert target.rows() == ledger_rows(server)


def test_a_table_that_is_gone_is_not_taken_for_a_full_one(
    server: Server, target: Target, export: Export
) -> None:
    post(server, make_row())
    export()
    target.query("DROP TABLE messages")
    assert "its state is not" in export(status=1)
    export("--restart")
    assert target.rows() == ledger_rows(server)


def test_a_filter_is_wrong_usage(target: Target, export: Export) -> None:
    assert "--type" in export("--type", "MO", status=2)


def test_another_table_is_a_table_of_its_own(
    server: Server, target: Target, export: Export
) -> None:
    post(server, make_row())
    export("--table", "sms")
    assert target.rows("sms") == ledger_rows(server)
