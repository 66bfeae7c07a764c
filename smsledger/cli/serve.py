"""`smsledger serve`: the server processes on one store."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from pydantic import ValidationError

from smsledger import events
from smsledger.cli.common import Failure
from smsledger.settings import Settings
from smsledger.store import check

# How long a request that is under way at the end of the drain may still take.
_LAST_REQUESTS = 30


def serve(
    store: Annotated[str | None, typer.Option(help="Where the ledger is.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes.")] = None,
    default_window: Annotated[str | None, typer.Option(help="retention or today.")] = None,
    default_page_size: Annotated[int | None, typer.Option(help="50 or 100.")] = None,
    public_url: Annotated[str | None, typer.Option(help="As clients reach the server.")] = None,
    trusted_proxies: Annotated[
        str | None, typer.Option(help="Whose X-Forwarded-* headers count.")
    ] = None,
    retention_days: Annotated[int | None, typer.Option(help="How long messages stay.")] = None,
    drain_seconds: Annotated[
        float | None, typer.Option(help="How long new requests get 503 after SIGTERM.")
    ] = None,
) -> None:
    """Serve the API until SIGTERM. Every option is also SMSLEDGER_… in the environment."""
    given = {name: value for name, value in locals().items() if value is not None}
    settings = _settings(given)
    check(settings.store)
    events.configure()
    with tempfile.TemporaryDirectory(prefix="smsledger-") as directory:
        # Before anything imports prometheus_client: it decides at its import where it counts.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        _run(settings, Path(directory))


def _settings(given: dict[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        option = f"--{str(first['loc'][0]).replace('_', '-')}"
        raise typer.BadParameter(first["msg"], param_hint=option) from error


def _run(settings: Settings, directory: Path) -> None:
    from smsledger.web.drain import drain_on_sigterm  # noqa: PLC0415 (see above)

    server = Granian(
        "smsledger.web.app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.asyncio,
        log_level=LogLevels.warning,
        workers_kill_timeout=_LAST_REQUESTS,
    )
    server.on_startup(lambda: drain_on_sigterm(directory, settings.drain_seconds))
    events.listening(settings.host, settings.port, settings.workers)
    try:
        server.serve(target_loader=_Loader(settings, directory), wrap_loader=False)
    except RuntimeError as error:  # what the server's native part raises, with a native traceback
        raise Failure(str(error).splitlines()[0]) from error


class _Loader:
    """Builds the application in a worker; it travels there by fork or by pickle."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        self._settings = settings
        self._directory = directory

    def __call__(self) -> Callable[..., Any]:
        from smsledger.web.app import create_app  # noqa: PLC0415 (in the worker)

        events.configure()  # once more: a spawned worker inherits nothing
        return create_app(self._settings, self._directory)
