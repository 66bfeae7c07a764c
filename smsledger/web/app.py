"""The composition root: settings in, the ASGI application out. Nothing is built at import."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.routing import BaseRoute, Route, Router

from smsledger import events
from smsledger.accounts.mail import Mail
from smsledger.errors import LedgerError, NotFound
from smsledger.ledger import instant
from smsledger.ledger.retention import RETENTION_GRACE, retention_limit
from smsledger.settings import Settings
from smsledger.store import migrate, open_store
from smsledger.store.store import Store
from smsledger.store.url import engine_of, without_password
from smsledger.web.api.changes import Changes
from smsledger.web.api.counts import Counts
from smsledger.web.api.exports import Exports
from smsledger.web.api.gateways import Kannel
from smsledger.web.api.health import Health
from smsledger.web.api.ingest import Ingest
from smsledger.web.api.openapi.document import OpenApi
from smsledger.web.api.opt_outs import OptOuts
from smsledger.web.api.pages import Pages
from smsledger.web.auth import LastUses
from smsledger.web.call import Receive, Resource, Scope, Send
from smsledger.web.console import administration
from smsledger.web.console.error_pages import ErrorPages
from smsledger.web.console.frame import Console
from smsledger.web.console.message import Messages
from smsledger.web.console.opt_outs import OptOutsPages
from smsledger.web.console.programs import Programs
from smsledger.web.console.report.program_export import ProgramExports
from smsledger.web.console.report.report import Reports
from smsledger.web.console.reveal import Reveal
from smsledger.web.console.sign_in import SignIn
from smsledger.web.docs import Docs, Files
from smsledger.web.drain import Drain
from smsledger.web.export_log import ExportLog
from smsledger.web.front import Front

_PURGE_EVERY = 3600.0
_RETRY_SECONDS = 5.0
_WATCH_EVERY = 5.0


def create_app(settings: Settings, directory: Path | None = None) -> Front:
    """Return the server's application; its lifespan opens and closes the store.

    Args:
        settings: see `Settings`.
        directory: shared by the processes of one server, for the start of the drain and for damage.
    """
    drain, files, uses = Drain(directory), Files(), LastUses()

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        store = await open_store(
            settings.store,
            read_url=settings.read_store,
            connections=settings.store_connections,
            shared=directory,
            on_damage=events.store_damaged,
            words=settings.consent_words,
        )
        store.damage()  # damage found before this start is logged again
        console = Console(store, settings, files)
        front.error_pages = ErrorPages(console)
        log = ExportLog(store)
        router.routes.extend(_routes(store, settings, drain, files, log))
        router.routes.extend(_pages(console, log))
        router.routes.extend(_reports(console, log))
        router.routes.extend(_administration(console, settings))
        tasks = [
            asyncio.create_task(_purge(store, settings)),
            asyncio.create_task(_note_words(store)),
        ]
        if engine_of(settings.store) == "postgres":
            tasks.append(asyncio.create_task(_watch_timeline(store)))
        if directory is not None:
            tasks.append(asyncio.create_task(drain.let_signals_in()))
        writing = asyncio.create_task(_write_down(store, log, uses))
        events.server_started(without_password(settings.store), migrate.newest(settings.store))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        log.close()
        await writing
        await store.close()

    router = Router(redirect_slashes=False, default=_nowhere, lifespan=lifespan)
    front = Front(router, drain, uses)
    return front


def _routes(
    store: Store, settings: Settings, drain: Drain, files: Files, log: ExportLog
) -> list[BaseRoute]:
    pages, ingest = Pages(store, settings, log), Ingest(store, settings)
    kannel = Kannel(store, settings)
    exports, changes = Exports(store, settings, log), Changes(store, settings, drain, log)
    health = Health(store, settings, drain)
    program = "/api/messages/program/{programId}"
    gateway = "/api/gateways/kannel"
    resources = [
        Resource(program, GET=pages.get, POST=ingest.messages),
        Resource(f"{program}/export", GET=exports.get),
        Resource(f"{program}/changes", GET=changes.get),
        Resource(f"{program}/counts", GET=Counts(store, settings).get),
        Resource(f"{program}/receipts", POST=ingest.receipts),
        Resource("/api/opt-outs/{shortCode}", GET=OptOuts(store, settings, log).get),
        Resource(f"{gateway}/mo", get_writes=True, GET=kannel.message, POST=kannel.message),
        Resource(f"{gateway}/receipt", get_writes=True, GET=kannel.receipt),
        Resource("/healthz", GET=health.live),
        Resource("/readyz", GET=health.ready),
        Resource("/metrics", GET=health.metrics),
        Resource("/openapi.json", GET=OpenApi(settings).get),
        Resource("/docs", GET=Docs(files).get),
        files,
    ]
    return [Route(resource.path, resource) for resource in resources]


def _pages(console: Console, log: ExportLog) -> list[BaseRoute]:
    """The pages that people look at."""
    sign_in, programs = SignIn(console), Programs(console)
    opt_outs = OptOutsPages(console, OptOuts(console.store, console.settings, log))
    resources = [
        Resource("/", GET=sign_in.start),
        Resource("/sign-in", GET=sign_in.ask, POST=sign_in.sign_in),
        Resource("/sign-out", POST=sign_in.sign_out),
        Resource("/sign-out-everywhere", POST=sign_in.sign_out_everywhere),
        Resource("/programs", GET=programs.page),
        Resource("/opt-outs", GET=opt_outs.page),
        Resource("/opt-outs/export", GET=opt_outs.download),
    ]
    return [Route(resource.path, resource) for resource in resources]


def _reports(console: Console, log: ExportLog) -> list[BaseRoute]:
    """The pages of a program: its Message Reports, its messages, its file."""
    reports, messages = Reports(console), Messages(console)
    exports = ProgramExports(console, Exports(console.store, console.settings, log))
    program = "/programs/{programId}"
    resources = [
        Resource(program, GET=reports.page),
        Resource(f"{program}/live/{{seen}}", GET=reports.live),
        Resource(f"{program}/paused", GET=reports.paused),
        Resource(f"{program}/presets/{{preset}}", GET=reports.preset),
        Resource(f"{program}/export", GET=exports.get),
        Resource(f"{program}/message", GET=messages.page),
    ]
    return [Route(resource.path, resource) for resource in resources]


def _administration(console: Console, settings: Settings) -> list[BaseRoute]:
    """The pages of administrators, and the one that their invitations lead to."""
    reveal = Reveal(console)
    resources = [
        *administration.resources(console, Mail(settings)),
        Resource("/reveal/{token}", GET=reveal.ask, POST=reveal.reveal),
    ]
    return [Route(resource.path, resource) for resource in resources]


async def _nowhere(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise NotFound


async def _purge(store: Store, settings: Settings) -> None:
    """Delete messages past retention every hour, with a grace period for running walks."""
    while True:
        limit = retention_limit(instant.now(), settings.retention_days)
        try:
            events.purged(await store.purge(limit - RETENTION_GRACE))
        except Exception as error:  # noqa: BLE001 (the next one tries again)
            events.purge_failed(error.__cause__ or error)
        await asyncio.sleep(_PURGE_EVERY)


async def _watch_timeline(store: Store) -> None:
    """Log each change of PostgreSQL's timeline, on the first server that detects it."""
    while True:
        try:
            if change := await store.note_timeline():
                events.failed_over(change.before, change.now)
        except LedgerError:
            pass  # requests log that the database cannot be reached
        except Exception as error:  # noqa: BLE001 (the next check tries again)
            events.timeline_check_failed(error.__cause__ or error)
        await asyncio.sleep(_WATCH_EVERY)


async def _note_words(store: Store) -> None:
    """Log once if a rebuild of opt-outs is due, as soon as the store can be reached."""
    while True:
        try:
            if await store.note_words() is not None:
                events.opt_outs_rebuild_due()
        except LedgerError:
            pass  # requests log that the store cannot be reached
        except Exception as error:  # noqa: BLE001 (the next check tries again)
            events.opt_outs_check_failed(error.__cause__ or error)
        else:
            return
        await asyncio.sleep(_RETRY_SECONDS)


async def _write_down(store: Store, log: ExportLog, uses: LastUses) -> None:
    """Write the progress of exports and the uses of credentials to the ledger, now and then.

    The task ends when the log is closed. It is not cancelled, because after a cancelled write it
    would not know whether the write was done.
    """
    more = True
    while more:
        more = await log.due()
        await _written_down(store, log, uses)


async def _written_down(store: Store, log: ExportLog, uses: LastUses) -> None:
    """Write everything collected; if one of the two writes fails, the other is done."""
    for write in (log.write, lambda: uses.write(store)):
        try:
            await write()
        except Exception as error:  # noqa: BLE001 (the next one tries again)
            events.write_down_failed(error.__cause__ or error)
