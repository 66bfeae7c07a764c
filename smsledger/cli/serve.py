"""`smsledger serve`: the server processes on one store."""

import asyncio
import ctypes
import os
import signal
import socket
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels

from smsledger import events
from smsledger.cli.common import Failure, settings_of
from smsledger.errors import Unavailable
from smsledger.settings import Settings
from smsledger.store import check
from smsledger.store.sqlite import path_of
from smsledger.store.sqlite.connection import is_exposed
from smsledger.store.url import engine_of, without_password

# Seconds that a running request may still take after the end of the drain.
_LAST_REQUESTS = 30
_PR_SET_PDEATHSIG = 1
# The allocator of Arrow, for exports as Parquet. With Arrow's default an export added 100 MB to the
# server, with this one 50. The time, and the memory that Arrow requested, were the same.
_ARROW_MEMORY = ("ARROW_DEFAULT_MEMORY_POOL", "system")


def serve(
    store: Annotated[str | None, typer.Option(help="URL of the ledger.")] = None,
    read_store: Annotated[str | None, typer.Option(help="URL of a replica.")] = None,
    store_connections: Annotated[
        int | None, typer.Option(help="Maximum PostgreSQL connections per process.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes.")] = None,
    default_window: Annotated[str | None, typer.Option(help="retention or today.")] = None,
    default_page_size: Annotated[int | None, typer.Option(help="50 or 100.")] = None,
    public_url: Annotated[str | None, typer.Option(help="Base URL that clients use.")] = None,
    trusted_proxies: Annotated[
        str | None,
        typer.Option(help="Proxies to trust: addresses or CIDR blocks, comma-separated."),
    ] = None,
    retention_days: Annotated[int | None, typer.Option(help="Days to keep messages.")] = None,
    unrouted_limit: Annotated[
        int | None, typer.Option(help="Maximum number of unrouted messages.")
    ] = None,
    opt_out_words: Annotated[
        str | None, typer.Option(help="Opt-out words, comma-separated.")
    ] = None,
    opt_in_words: Annotated[str | None, typer.Option(help="Opt-in words, comma-separated.")] = None,
    opt_out_rule: Annotated[str | None, typer.Option(help="until_opt_in or latest_word.")] = None,
    export_checks: Annotated[
        str | None, typer.Option(help="on or off: check each exported message for damage.")
    ] = None,
    drain_seconds: Annotated[
        float | None, typer.Option(help="Seconds after SIGTERM in which new requests get 503.")
    ] = None,
    smtp_host: Annotated[str | None, typer.Option(help="SMTP server for invitations.")] = None,
    smtp_port: Annotated[int | None, typer.Option(help="SMTP port.")] = None,
    smtp_security: Annotated[str | None, typer.Option(help="none, starttls or tls.")] = None,
    smtp_user: Annotated[str | None, typer.Option(help="SMTP user name.")] = None,
    smtp_password: Annotated[
        str | None, typer.Option(help="SMTP password. Use the environment instead.")
    ] = None,
    mail_from: Annotated[str | None, typer.Option(help="Sender of invitations.")] = None,
) -> None:
    """Run the server until SIGTERM. Every option can also be set by a variable SMSLEDGER_…."""
    settings = settings_of(**locals())
    _check_store(settings)
    _require_port(settings)
    os.environ.setdefault(*_ARROW_MEMORY)
    events.configure()
    _warn_of_readers(settings.store)
    with tempfile.TemporaryDirectory(prefix="smsledger-", dir=_shared_memory()) as directory:
        if settings.workers > 1:
            # Before anything imports prometheus_client: it decides then where it counts.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        _run(settings, Path(directory))


def _check_store(settings: Settings) -> None:
    """Refuse a store that cannot be served. A database that cannot be reached may come back."""
    try:
        if not asyncio.run(check(settings.store)).place_verified:
            events.configure()
            events.place_unverified(without_password(settings.store))
    except Unavailable as error:
        if engine_of(settings.store) == "sqlite":
            raise
        events.configure()
        events.store_unavailable("", error.__cause__)
    if settings.read_store and engine_of(settings.store) == "sqlite":
        message = "only a PostgreSQL store can have a replica"
        raise typer.BadParameter(message, param_hint="--read-store")


def _warn_of_readers(store: str) -> None:
    """Log a warning if other users of the machine can read or write the ledger's file."""
    if engine_of(store) == "sqlite" and is_exposed(file := path_of(store)):
        events.ledger_readable(store, f"{stat.S_IMODE(file.stat().st_mode):04o}")


def _require_port(settings: Settings) -> None:
    """Refuse a port that is in use, even by another smsledger server.

    Workers share a port by SO_REUSEPORT. A second server would share it too, and each request would
    reach one ledger or the other by chance.
    """
    try:
        family, address = _address_of(settings)
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, settings.port))
    except OSError as error:
        reason = f"cannot listen on {settings.host} port {settings.port}: {error.strerror}"
        raise Failure(reason) from error


def _address_of(settings: Settings) -> tuple[socket.AddressFamily, str]:
    """Resolve the host's name, because the HTTP server accepts addresses only."""
    found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    family, _, _, _, (address, *_) = found[0]
    return family, str(address)


def _shared_memory() -> Path | None:
    """Return a directory in memory, so that a full disk does not stop the metrics, or None."""
    memory = Path("/dev/shm")  # noqa: S108 (a directory of our own is made in it)
    return memory if os.access(memory, os.W_OK) else None


def _run(settings: Settings, directory: Path) -> None:
    from smsledger.web.drain import drain_on_sigterm  # noqa: PLC0415 (see above)

    server = Granian(
        "smsledger.web.app",
        address=_address_of(settings)[1],
        port=settings.port,
        interface=Interfaces.ASGI,
        # By default granian also accepts HTTP/2 in clear text, which proxies may not check or log.
        http=HTTPModes.http1,
        workers=settings.workers,
        loop=Loops.asyncio,
        log_level=LogLevels.warning,
        workers_kill_timeout=_LAST_REQUESTS,
        respawn_failed_workers=True,
        websockets=False,
    )
    server.on_startup(lambda: drain_on_sigterm(directory, settings.drain_seconds))
    events.listening(settings.host, settings.port, settings.workers)
    try:
        server.serve(target_loader=_Loader(settings, directory), wrap_loader=False)
    except RuntimeError as error:  # what the server's native part raises, with a native traceback
        raise Failure(str(error).splitlines()[0]) from error


class _Loader:
    """Builds the application in a worker, which inherits this object by fork or by pickle."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        self._settings = settings
        self._directory = directory
        self._main_process = os.getpid()

    def __call__(self) -> Callable[..., Any]:
        from smsledger.web.app import create_app  # noqa: PLC0415 (in the worker)
        from smsledger.web.drain import hold_signals  # noqa: PLC0415 (in the worker)

        _end_with(self._main_process)
        hold_signals()
        events.configure()  # once more: a spawned worker inherits nothing
        return create_app(self._settings, self._directory)


def _end_with(main_process: int) -> None:
    """Let this worker end with its main process.

    Otherwise it would keep the port, and serve next to a new server. A worker that was still
    starting when the main process was killed gets no signal, so it checks its parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != main_process:
        os.kill(os.getpid(), signal.SIGKILL)
