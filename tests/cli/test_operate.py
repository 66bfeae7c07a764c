import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smsledger.ledger import instant
from smsledger.ledger.model import Unrouted
from smsledger.store import open_store
from smsledger.store.development import CHAIN_COMMIT, INITIAL, LAST_REVISION
from tests.cli.conftest import Run
from tests.databases import execute
from tests.making import YESTERDAY, make_row


@pytest.fixture
def waiting(empty_store_url: str, program: dict[str, Any]) -> None:
    """Two unrouted messages, one of an alphanumeric sender."""

    async def keep() -> None:
        store = await open_store(empty_store_url)
        for sender in ("15556667777", "SHOP"):
            await store.keep_unrouted(
                Unrouted(
                    gateway="kannel",
                    id=f"id-{sender}",
                    sender=sender,
                    body="HELLO",
                    reason="no program",
                    received_at=YESTERDAY,
                    short_code="20881",
                    date=YESTERDAY,
                )
            )
        await store.close()

    asyncio.run(keep())


def test_a_missing_ledger_names_the_command_that_mends_it(run: Run, tmp_path: Path) -> None:
    told = run("program", "list", "--store", f"sqlite:///{tmp_path}/none.db", status=1)
    assert "smsledger migrate" in told
    run("migrate", "--store", f"sqlite:///{tmp_path}/none.db")
    assert run("program", "list", "--store", f"sqlite:///{tmp_path}/none.db", "--json") == []


def test_a_ledger_that_a_newer_release_has_left_this_one_behind_with_is_not_touched(
    run: Run, empty_store_url: str
) -> None:
    execute(empty_store_url, "UPDATE alembic_version SET version_num = '9999'")
    execute(empty_store_url, "UPDATE ledger SET compatible_since = '9999'")
    for command in ("migrate", "serve"):
        assert "newer release" in run(command, status=1)


def test_a_ledger_that_the_next_release_has_migrated_goes_on_serving_this_one(
    run: Run, program: dict[str, Any], empty_store_url: str
) -> None:
    execute(empty_store_url, "UPDATE alembic_version SET version_num = '9999'")
    assert run("program", "list", "--json") == [program]
    assert "newer release" in run("migrate")


def test_a_ledger_of_the_last_development_build_is_relabelled(
    run: Run, program: dict[str, Any], engine: str, empty_store_url: str
) -> None:
    label = "UPDATE alembic_version SET version_num ="
    execute(empty_store_url, f"{label} '{LAST_REVISION[engine]}'")
    assert "smsledger migrate" in run("serve", status=1)
    assert f"{label} '{INITIAL}'" in run("migrate", "--sql")
    assert run("migrate") == f"The ledger has schema {INITIAL}.\n"
    assert run("program", "list", "--json") == [program]


def test_a_ledger_of_an_earlier_development_build_needs_the_commit_that_is_named(
    run: Run, empty_store_url: str
) -> None:
    execute(empty_store_url, "UPDATE alembic_version SET version_num = '0003'")
    assert "smsledger migrate" in run("serve", status=1)
    for option in ((), ("--sql",)):
        refused = run("migrate", *option, status=1)
        assert "schema 0003 of a development build" in refused
        assert CHAIN_COMMIT in refused.replace("\n", "")
        assert "run the same command again" not in refused


def test_a_ledger_into_which_another_is_being_copied_is_not_served(
    run: Run, empty_store_url: str
) -> None:
    execute(empty_store_url, "UPDATE ledger SET copy_of = 'another'")
    for command in (("serve",), ("program", "list")):
        assert "smsledger copy" in run(*command, status=1)


@pytest.mark.engines("postgres")
def test_what_migrate_would_do_is_printed_and_not_done(run: Run, empty_store_url: str) -> None:
    assert run("migrate", "--sql") == ""
    execute(empty_store_url, "DROP TABLE alembic_version CASCADE")
    printed = run("migrate", "--sql")
    assert "lock_timeout" in printed
    assert "CREATE TABLE message (" in printed


def test_serve_refuses_a_store_that_is_behind(run: Run, tmp_path: Path) -> None:
    told = run("serve", "--store", f"sqlite:///{tmp_path}/none.db", status=1)
    assert "smsledger migrate" in told


def test_a_store_of_no_known_engine_is_told(run: Run) -> None:
    told = run("program", "list", "--store", "mysql://x", status=1)
    assert "sqlite:///" in told
    assert "postgresql://" in told


def test_serve_says_where_it_cannot_listen(run: Run) -> None:
    assert "no.such.host.invalid" in run("serve", "--host", "no.such.host.invalid", status=1)


def test_serve_names_the_option_that_is_wrong(run: Run) -> None:
    assert "--default-page-size" in run("serve", "--default-page-size", 70, status=2)
    assert "--trusted-proxies" in run("serve", "--trusted-proxies", "everybody", status=2)


def test_serve_refuses_a_mail_server_without_a_public_url(run: Run) -> None:
    told = run("serve", "--smtp-host", "127.0.0.1", "--mail-from", "a@example.com", status=2)
    assert "--smtp-host" in told
    assert "public_url" in told


def test_unrouted_messages_are_listed_without_losing_a_field(run: Run, waiting: None) -> None:
    listed = run("route", "--json")
    assert [(each["sender"], each["shortCode"]) for each in listed] == [
        ("15556667777", "20881"),
        ("SHOP", "20881"),
    ]
    assert listed[0]["date"] == instant.render_micros(YESTERDAY)
    names = "gateway id sender body reason date network segments remark authorised ordinal"
    assert list(listed[0]) == [*names.split(), "shortCode", "receivedAt"]
    assert run("route", "--short-code", "1", "--json") == []


def test_unrouted_messages_are_assigned(run: Run, waiting: None) -> None:
    told = run("route", "--all", "--program", 121811, status=3)
    assert told == ""
    [left] = run("route", "--json")
    assert left["sender"] == "SHOP"
    number = ("--number", "15550000000")
    assigned = run("route", left["ordinal"], "--program", 121811, *number, "--json")
    assert assigned == {"assigned": 1, "problems": []}
    assert run("route", "--json") == []


def test_assigning_needs_a_program_and_names(run: Run, waiting: None) -> None:
    run("route", "--all", status=2)
    run("route", "--program", 121811, status=2)
    assert "no program 7" in run("route", "--all", "--program", 7, status=1)


def test_a_backup_is_a_new_file_and_a_restored_one_has_a_new_epoch(
    run: Run, program: dict[str, Any], tmp_path: Path, restore: Callable[[Path], str]
) -> None:
    target = tmp_path / "copy.db"
    assert run("backup", target, "--json")["bytes"] == target.stat().st_size
    assert "already exists" in run("backup", target, status=1)
    store = ("--store", restore(target))
    assert run("restored", *store, "--json")["epoch"] != run("restored", *store, "--json")["epoch"]
    assert run("program", "list", *store, "--json") == [program]


def test_purge_says_how_much_left(run: Run, program: dict[str, Any]) -> None:
    assert run("purge", "--json") == {"messages": 0}


def test_a_file_is_imported_with_the_status_of_its_rows(
    run: Run, program: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "messages.ndjson"
    file.write_text(json.dumps(make_row()) + "\n" + json.dumps(make_row(id="b", number="x")))
    told = run("import", file, "--program", 121811, status=3)
    assert told == ""
    aside = json.loads((tmp_path / "messages.ndjson.rejected.ndjson").read_text())
    assert (aside["line"], aside["field"]) == (2, "number")
    file.write_text(json.dumps(make_row()))
    again = run("import", file, "--program", 121811, "--json")
    assert again == {"accepted": 0, "duplicates": 1, "rejected": 0, "rejects": None}
    assert "no program 7" in run("import", file, "--program", 7, status=1)


def test_a_sample_is_the_same_for_the_same_seed(run: Run, program: dict[str, Any]) -> None:
    options = ("--program", 121811, "--messages", 300, "--json")
    assert run("sample", *options) == {"messages": 300}
    assert run("sample", *options, "--seed", 8) == {"messages": 300}
