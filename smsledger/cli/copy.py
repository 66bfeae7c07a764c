"""`smsledger copy`: copies a ledger to another store, on either engine."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, TypeVar

import msgspec
import typer

from smsledger.cli import opt_outs
from smsledger.cli.common import (
    DONE_IN_PART,
    Failure,
    JsonOption,
    explained,
    say,
    settings_of,
    unopened,
    with_store,
)
from smsledger.cli.output import counted
from smsledger.cli.stage_bars import stage_bars
from smsledger.errors import StoreDamaged, Unavailable
from smsledger.ledger import instant
from smsledger.store import check, copying, revision
from smsledger.store import migrate as migrations
from smsledger.store.copying import Copied, Different, Refused, SourceDamaged
from smsledger.store.copying.salvage import MissingRow, Salvaged, salvage
from smsledger.store.errors import SchemaBehind, UnconfirmedRestore, UnfinishedCopy
from smsledger.store.sqlite import path_of
from smsledger.store.stages import StageProgress
from smsledger.store.tables import Tables, Unfit, Written
from smsledger.store.url import engine_of, without_password
from smsledger.store.verification import sentence

T = TypeVar("T")
_AGAIN = "run the same command again to continue"


def copy(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The ledger to copy.")],
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="An empty store, or an older copy.")
    ],
    skip_damaged: Annotated[
        bool,
        typer.Option(
            "--skip-damaged",
            help="Copy what can be read of a damaged ledger to an empty store, and list the rest.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a ledger to another store, on either engine. Run it again to copy what is new.

    Servers can use the source at the same time. Cursors, user names and secrets work on the copy.
    The command checks the source for damage, and fails if a check fails. Exit status: 0 done,
    1 failed, 2 wrong usage, 3 done, but the source was written during the copy, and the newest
    messages are missing.

    With --skip-damaged, the copy gets a new epoch. Old cursors stop working, so no client continues
    past the missing messages. If opt-outs are missing, the copied messages are judged again, as
    `smsledger opt-outs rebuild` does. Exit status 3 then means that rows are missing, or that a
    check of the source failed.
    """
    with _at(source), suppress(UnconfirmedRestore):
        _require_ledger(source)
    with _at(target):
        _prepare(target)
    if skip_damaged:
        _salvage(source, target, as_json)
        return
    with _explained():
        copied = asyncio.run(_with_tables(source, target, copying.copy))
    say(as_json, copied, _summary(copied))
    if not copied.complete:
        raise typer.Exit(DONE_IN_PART)


class ConsentJudged(msgspec.Struct, frozen=True, kw_only=True):
    """What was done for missing rows of consent: stored messages were judged again.

    `missing` are the missing rows or blocks, `numbers` the numbers judged, `changed` those of them
    whose consent has changed.
    """

    missing: int
    numbers: int
    changed: int


def _salvage(source: str, target: str, as_json: bool) -> None:
    settings_of()  # invalid opt-out words end the command before it copies anything
    with _explained():
        salvaged = asyncio.run(_with_tables(source, target, salvage))
    judged = _judge_again(target, salvaged) if salvaged.missing_consent else None
    shown = {**msgspec.structs.asdict(salvaged), "consent": judged}
    say(as_json, shown, _salvage_summary(salvaged, judged))
    if not salvaged.is_whole:
        raise typer.Exit(DONE_IN_PART)


def _judge_again(target: str, salvaged: Salvaged) -> ConsentJudged:
    """Find the opt-outs and opt-ins of missing rows in the copied messages."""
    try:
        with explained():
            numbers, changed = with_store(target, opt_outs.rebuild_all, unconfirmed=True)
    except Failure as failure:
        raise Failure(
            f"the copy lacks {counted(salvaged.missing_consent, 'row or block', 'rows or blocks')} "
            f"of consent, and stored messages could not be judged again: {failure}. Numbers that "
            "have opted out are missing from the list of opt-outs. Run "
            "`smsledger opt-outs rebuild` on the copy before you use it"
        ) from failure
    return ConsentJudged(missing=salvaged.missing_consent, numbers=numbers, changed=changed)


async def _with_tables(
    source_url: str, target_url: str, work: Callable[[Tables, Tables, StageProgress], Awaitable[T]]
) -> T:
    """Return the result of work on the two ledgers; show its progress on a terminal."""
    source = await copying.open_tables(source_url)
    try:
        target = await copying.open_tables(target_url)
        try:
            with stage_bars(copying.STAGES) as progress:
                return await work(source, target, progress)
        finally:
            await target.close()
    finally:
        await source.close()


def _require_ledger(url: str) -> None:
    try:
        asyncio.run(check(url))
    except SchemaBehind as error:
        raise Failure(f"{error}: run `smsledger migrate` there first") from error
    except StoreDamaged as error:
        raise unopened(error) from error


def _prepare(url: str) -> None:
    """Create the ledger in the target if there is none yet."""
    if asyncio.run(revision(url)) is not None:
        with suppress(UnfinishedCopy, UnconfirmedRestore):
            _require_ledger(url)
        return
    if engine_of(url) == "sqlite" and not path_of(url).parent.is_dir():
        raise Failure("there is no such directory")
    migrations.upgrade(url)


@contextmanager
def _at(url: str) -> Iterator[None]:
    """Add the URL of the ledger to a failure."""
    try:
        with explained():
            yield
    except Failure as failure:
        raise Failure(f"{without_password(url)}: {failure}") from failure


@contextmanager
def _explained() -> Iterator[None]:
    """Turn errors that end a copy into a `Failure` that says what to do."""
    try:
        yield
    except StoreDamaged as error:
        raise Failure(
            f"a ledger is damaged ({error.reason}). If it is the source, copy what can be read "
            "with --skip-damaged. If that fails too, restore a backup"
        ) from error
    except Unavailable as error:
        raise Failure(f"a store cannot be reached ({_root(error)}): {_AGAIN}") from error
    except Refused as error:
        raise Failure(str(error)) from error
    except Written as error:
        raise Failure(f"another process writes the target. Stop it, then {_AGAIN}") from error
    except Unfit as error:
        raise Failure(f"the target cannot store a value of the source: {error}") from error
    except SourceDamaged as error:
        found = counted(error.findings.total, "finding")
        more = counted(error.findings.more, "more finding")
        rest = f"\n{more} not listed" if error.findings.more else ""
        raise Failure(
            "the source is damaged. Run `smsledger verify` on it, or copy what is sound to an "
            f"empty store with --skip-damaged. {found}:\n{error}{rest}"
        ) from error
    except Different as error:
        raise Failure(
            f"the copy differs from the source: {error}. Copy into an empty target"
        ) from error


def _root(error: BaseException) -> BaseException:
    """Return the root cause, such as a full disk or a stopped server."""
    before = error.__cause__ or error.__context__
    return error if before is None else _root(before)


def _summary(copied: Copied) -> str:
    lines = [
        f"{program.program}\t{program.messages} messages\t{program.history} history entries\t"
        f"{program.orphans} waiting receipts\t{program.tombstones} tombstones\t"
        f"{program.consent} consent records\t{program.digest}"
        for program in copied.programs
    ]
    if copied.unrouted:
        lines.append(f"unrouted\t{copied.unrouted} messages")
    lines.append(
        f"{counted(copied.messages, 'message')} copied. Verified: both have the above, row by row."
    )
    if not copied.complete:
        lines.append(
            "The source was written during the copy, and its newest changes are missing. Stop the "
            "servers of the source, then run the same command again."
        )
    return "\n".join(lines)


def _salvage_summary(salvaged: Salvaged, judged: ConsentJudged | None) -> str:
    lines = [
        f"{program}\t{messages} messages"
        for program, messages in salvaged.programs.items()
        if program
    ]
    lines += [sentence(finding) for finding in salvaged.findings]
    lines += [_missing_line(missing) for missing in salvaged.missing]
    lines += [_lacking_line(*lacking) for lacking in salvaged.lacking.items()]
    lines.append(
        f"{counted(sum(salvaged.programs.values()), 'message')} copied. Missing rows or blocks: "
        f"{len(salvaged.missing)}. The copy's epoch is {salvaged.epoch}."
    )
    if judged is not None:
        lines.append(_consent_lines(judged))
    return "\n".join(lines)


def _consent_lines(judged: ConsentJudged) -> str:
    return (
        f"Opt-outs: {counted(judged.missing, 'row or block', 'rows or blocks')} of consent cannot "
        f"be read. The copied messages of {counted(judged.numbers, 'number')} were judged again, "
        f"and the consent of {judged.changed} was found there. Opt-outs whose messages are no "
        "longer stored cannot be recovered.\nBefore you send messages, import the opt-outs that "
        "your own systems know. How: docs/how-to/repair.md, under Lost opt-outs."
    )


def _lacking_line(program: int, messages: int | None) -> str:
    if messages is None:
        return f"{program}\tlacking\tunknown: the counts cannot be read"
    return f"{program}\tlacking\t{counted(messages, 'message')} that the counts contain"


def _missing_line(missing: MissingRow) -> str:
    """Return the line for a missing row, without the handset's number."""
    shown = {name: value for name, value in missing.row.items() if name != "number"}
    if missing.table == "message" and isinstance(shown.get("date"), int):
        shown["date"] = instant.render_micros(int(str(shown["date"])))
    texts = (
        (name, value.hex() if isinstance(value, bytes) else value) for name, value in shown.items()
    )
    row = ", ".join(f"{name} {text}" for name, text in texts)
    return f"{missing.program or ''}\tmissing\t{missing.table}\t{row}"
