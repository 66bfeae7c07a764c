"""Commands that operate a ledger: migrate, route, purge, backup, restored, moved."""

import asyncio
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from smsledger.cli.common import (
    DONE_IN_PART,
    STORE,
    Failure,
    JsonOption,
    StoreOption,
    say,
    settings_of,
    warn_of_rebuild,
    with_store,
)
from smsledger.cli.output import counted, print_text, table
from smsledger.cli.verify import findings, verified_at
from smsledger.intake.routing import assign
from smsledger.intake.rows import DateBounds
from smsledger.ledger import instant
from smsledger.ledger.model import Unrouted
from smsledger.ledger.retention import RETENTION_GRACE, retention_limit
from smsledger.store import check, revision
from smsledger.store import migrate as migrations
from smsledger.store.errors import SchemaBehind, UnconfirmedRestore, UnfinishedCopy
from smsledger.store.store import Store
from smsledger.store.url import engine_of

_LISTED_AT_ONCE = 1000


def migrate(
    store: StoreOption = STORE,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the statements without running them.")
    ] = False,
) -> None:
    """Create the ledger, or bring it to this release's schema.

    Servers can keep running, unless the changelog tells you to stop those of the earlier build.
    """
    if sql:
        if statements := migrations.sql(store, asyncio.run(revision(store))):
            print_text(statements.rstrip("\n"))
        return
    with suppress(SchemaBehind, UnfinishedCopy, UnconfirmedRestore):
        asyncio.run(check(store))
    current, newest = asyncio.run(revision(store)), migrations.newest(store)
    if current is not None and current > newest:
        print_text(f"The ledger has schema {current} of a newer release. This one knows {newest}.")
        return
    migrations.upgrade(store)
    with suppress(UnfinishedCopy, UnconfirmedRestore):
        asyncio.run(check(store))  # a ledger in PostgreSQL learns its place
    print_text(f"The ledger has schema {newest}.")


def route(
    ordinals: Annotated[
        list[int] | None, typer.Argument(help="Messages to assign. Default: list them.")
    ] = None,
    program: Annotated[int | None, typer.Option(help="Program to assign them to.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Assign all of them.")] = False,
    short_code: Annotated[
        str | None, typer.Option(help="Only messages to this short code.")
    ] = None,
    number: Annotated[
        str | None, typer.Option(help="Number to use if the sender is not one.")
    ] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """List messages that found no program, or assign them to one."""
    waiting = with_store(store, _all_unrouted, unconfirmed=True)
    chosen = [each for each in waiting if short_code in (None, each.short_code)]
    if ordinals:
        chosen = [each for each in chosen if each.ordinal in ordinals]
        if missing := sorted(set(ordinals) - {each.ordinal for each in chosen}):
            raise Failure(f"there is no unrouted message {missing[0]}")
    if program is None:
        if ordinals or everything:
            raise typer.BadParameter("to assign them, name a --program")
        say(as_json, [_to_dict(message) for message in chosen], _table(chosen))
        return
    if not ordinals and not everything:
        raise typer.BadParameter("name the messages to assign, or --all")
    _assign(store, program, chosen, number, as_json)


def purge(
    retention_days: Annotated[
        int | None,
        typer.Option(min=1, help="Retention. Default: SMSLEDGER_RETENTION_DAYS, or 365."),
    ] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Delete messages past retention now. A running server does this every hour."""
    days = settings_of(retention_days=retention_days).retention_days
    limit = retention_limit(instant.now(), days)
    removed = with_store(store, lambda opened: opened.purge(limit - RETENTION_GRACE))
    say(as_json, {"messages": removed}, f"{counted(removed, 'message')} removed.")


def backup(
    target: Annotated[Path, typer.Argument(dir_okay=False, help="The new file.")],
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Copy the current state of a ledger to a file, then check it for damage.

    Servers can keep running. The checks are those of `smsledger verify`. On PostgreSQL, they run on
    the database, after the dump. Exit status: 0 done, 1 failed, 2 wrong usage,
    3 copied, but the ledger is damaged.

    Servers refuse the copy until you run `smsledger restored` or `smsledger moved` on it.
    """
    if target.exists():
        raise Failure(f"{target} already exists")
    if not target.parent.is_dir():
        raise Failure(f"there is no directory {target.parent}")
    partial = target.with_name(f"{target.name}.part")
    partial.unlink(missing_ok=True)
    try:
        with_store(store, lambda opened: opened.backup(partial), unconfirmed=True)
        verified = asyncio.run(verified_at(_copied(store, partial)))
        _sync(partial)
        partial.rename(target)
        _sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    shown = {"file": str(target), "bytes": target.stat().st_size, "verified": verified}
    say(as_json, shown, "\n".join([*findings(verified), f"Copied to {target}."]))
    if not verified.sound:
        print_text("Error: the ledger and this copy are damaged. Keep earlier backups.", error=True)
        raise typer.Exit(DONE_IN_PART)


def _copied(store: str, file: Path) -> str:
    """Return the URL of the ledger to check: the copied file, or the database that was dumped."""
    return f"sqlite:///{quote(str(file))}" if engine_of(store) == "sqlite" else store


def restored(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Put a restored backup into use under a new epoch.

    Requests with earlier cursors and tokens then get 409 ledger_restored, so clients load
    everything again and do not silently miss messages.
    """
    epoch = secrets.token_hex(8)
    with_store(store, lambda opened: opened.renew_epoch(epoch), unconfirmed=True)
    say(as_json, {"epoch": epoch}, f"The ledger's epoch is now {epoch}.")


def moved(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Put a ledger into use after a planned move. Its epoch stays.

    Run this only if every server of the original was stopped before the copy was made, and nothing
    will write the original again. Cursors and tokens keep working. In every other case, run
    `smsledger restored`. Otherwise clients silently miss messages.
    """
    was_waiting = with_store(store, lambda opened: opened.confirm_move(), unconfirmed=True)
    text = (
        "The ledger can be used here. Its epoch has not changed."
        if was_waiting
        else "The ledger is already in use here. Nothing was changed."
    )
    say(as_json, {"changed": was_waiting}, text)


def _sync(path: Path) -> None:
    """Flush a file, or the names in a directory, to the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


async def _all_unrouted(store: Store) -> list[Unrouted]:
    found: list[Unrouted] = []
    while some := await store.unrouted(found[-1].ordinal if found else 0, _LISTED_AT_ONCE):
        found += some
    return found


def _assign(
    store: str, program_id: int, chosen: list[Unrouted], number: str | None, as_json: bool
) -> None:
    bounds = DateBounds.at(instant.now(), settings_of().retention_days)
    problems: list[str] = []

    async def work(opened: Store) -> None:
        await warn_of_rebuild(opened)
        for each in chosen:
            problem = await assign(opened, each, program_id, bounds, number)
            problems.extend(filter(None, [problem]))

    with_store(store, work)
    assigned = len(chosen) - len(problems)
    text = "\n".join(
        [f"{counted(assigned, 'message')} assigned to program {program_id}.", *problems]
    )
    say(as_json, {"assigned": assigned, "problems": problems}, text)
    if problems:
        raise typer.Exit(DONE_IN_PART)


def _to_dict(unrouted: Unrouted) -> dict[str, object]:
    return {
        "gateway": unrouted.gateway,
        "id": unrouted.id,
        "sender": unrouted.sender,
        "body": unrouted.body,
        "reason": unrouted.reason,
        "date": None if unrouted.date is None else instant.render_micros(unrouted.date),
        "network": unrouted.network,
        "segments": unrouted.segments,
        "remark": unrouted.remark,
        "authorised": unrouted.authorised,
        "ordinal": unrouted.ordinal,
        "shortCode": unrouted.short_code,
        "receivedAt": instant.render_micros(unrouted.received_at),
    }


def _table(unrouted: list[Unrouted]) -> str:
    rows = (
        (message.ordinal, message.short_code, message.sender, message.reason)
        for message in unrouted
    )
    return table(rows) or "No message waits for a program."
