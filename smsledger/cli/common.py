"""Shared parts of the commands: the store option, exit statuses, expected failures, --json."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from pydantic import ValidationError

from smsledger.cli.output import print_json, print_text
from smsledger.errors import LedgerError, StoreDamaged, Unavailable
from smsledger.settings import DEFAULT_STORE, Settings
from smsledger.store import open_store
from smsledger.store.errors import (
    DevelopmentSchema,
    Missing,
    NotMigrated,
    SchemaAhead,
    SchemaBehind,
    Taken,
    UnconfirmedRestore,
    UnfinishedCopy,
)
from smsledger.store.store import Store

FAILED = 1
DONE_IN_PART = 3

REBUILD_DUE = (
    "Opt-out words, opt-in words or keywords have changed, but stored messages are still judged by "
    "the old ones. Run `smsledger opt-outs rebuild`."
)

CONFIRM = """The original may have received messages that are missing here.
Run one of these two commands with the same --store, then try again:

  smsledger restored   if the original was in use after the copy was made, or if you are not sure.
                       The ledger gets a new epoch. Clients must load everything again.
  smsledger moved      only if the original was stopped before the copy was made, and stays stopped.
                       The epoch stays. Clients continue where they were.
                       If this is wrong, they silently miss messages."""

StoreOption = Annotated[
    str, typer.Option("--store", envvar="SMSLEDGER_STORE", help="URL of the ledger.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
STORE = DEFAULT_STORE

P = ParamSpec("P")
T = TypeVar("T")


class Failure(Exception):
    """An expected failure of a command; the message says why."""


@contextmanager
def explained() -> Iterator[None]:
    """Turn expected errors into a `Failure` with a message for people.

    Raises:
        Failure: in place of an expected error.
    """
    try:
        yield
    except SchemaBehind as error:
        raise Failure(f"{error}: run `smsledger migrate` with the same --store") from error
    except SchemaAhead as error:
        raise Failure(f"{error}: install the newer release that migrated it") from error
    except NotMigrated as error:
        raise Failure(f"{error}: run the same command again") from error
    except UnfinishedCopy as error:
        raise Failure(f"{error}: run `smsledger copy` to its end") from error
    except StoreDamaged as error:
        raise Failure(_damaged(error)) from error
    except UnconfirmedRestore as error:
        raise Failure(f"{error}.\n{CONFIRM}") from error
    except Unavailable as error:
        raise Failure(f"{error} {error.__cause__ or ''}".strip()) from error
    except (DevelopmentSchema, LedgerError, Taken, Missing, ValueError, OSError) as error:
        raise Failure(str(error)) from error


def _damaged(error: StoreDamaged) -> str:
    return (
        f"the ledger is damaged ({error.reason}). Run `smsledger verify`. Then restore a backup, "
        "or copy what can be read with `smsledger copy --skip-damaged`"
    )


def unopened(error: StoreDamaged) -> Failure:
    """Return the failure of a command for damaged ledgers that cannot even open this one."""
    return Failure(
        f"the ledger cannot be opened ({error.reason}). Check its address; if that is right, "
        "restore a backup"
    )


def with_store(url: str, work: Callable[[Store], Awaitable[T]], *, unconfirmed: bool = False) -> T:
    """Open the store, do the work on it, close it, and return the result of the work.

    Messages are judged by the opt-out and opt-in words in the environment. With `unconfirmed`, the
    work may be done on a backup before `restored` or `moved` was run.
    """
    words = settings_of().consent_words

    async def run() -> T:
        store = await open_store(url, unconfirmed=unconfirmed, words=words)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


async def warn_of_rebuild(store: Store) -> None:
    """Print a warning on standard error if `smsledger opt-outs rebuild` is due."""
    if await store.note_words() is not None:
        print_text(REBUILD_DUE, error=True)


def settings_of(**given: Any) -> Settings:
    """Return the settings as given; those that are None are read from the environment.

    Raises:
        typer.BadParameter: a setting is invalid.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        hint = f"--{name.replace('_', '-')} or SMSLEDGER_{name.upper()}"
        raise typer.BadParameter(first["msg"], param_hint=hint) from error


def say(as_json: bool, data: Any, text: str) -> None:
    """Print the outcome of a command: `data` as JSON, or the text."""
    if as_json:
        print_json(data)
    else:
        print_text(text)


def checked(option: str, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `read` returns; a ValueError becomes a usage error that names the option."""
    try:
        return read(*args, **kwargs)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
