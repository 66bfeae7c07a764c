"""Every log event, once, with its fields. Message text, full numbers and secrets have none.

Events are JSON lines on standard error. Only what stands in these signatures can be logged, so
redaction is a matter of this file.
"""

import logging
import sys
from contextlib import suppress

import structlog

_log = structlog.get_logger()


class _StandardError:
    """Writes events to standard error, and drops an event that cannot be written.

    A full disk, or a log collector that has ended, must not end a request, a background task or
    the shutdown that logs the event.
    """

    def msg(self, message: str) -> None:
        with suppress(OSError):
            sys.stderr.write(f"{message}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = msg


def configure() -> None:
    """Write events as JSON lines on standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _StandardError(),
        cache_logger_on_first_use=True,
    )


def listening(host: str, port: int, workers: int) -> None:
    """The main process is about to listen."""
    _log.info("listening", host=host, port=port, workers=workers)


def server_started(store: str, revision: str) -> None:
    """A server process has opened its store."""
    _log.info("server_started", store=store, revision=revision)


def ledger_readable(store: str, mode: str) -> None:
    """Other users of the machine can read or write the ledger's file."""
    _log.warning("ledger_readable", store=store, mode=mode)


def place_unverified(store: str) -> None:
    """The role may not read the system identifier; a dump in another cluster may go unnoticed."""
    _log.warning("place_unverified", store=store)


def failed_over(before: int, now: int) -> None:
    """PostgreSQL is on another timeline: a standby was promoted or a base backup restored."""
    _log.critical("failed_over", before=before, now=now)


def timeline_check_failed(cause: BaseException) -> None:
    """A check of PostgreSQL's timeline failed; the next one, seconds later, tries again."""
    _log.error("timeline_check_failed", cause=f"{type(cause).__name__}: {cause}")


def draining(seconds: float) -> None:
    """SIGTERM came: requests in flight finish, new ones get 503."""
    _log.info("draining", seconds=seconds)


def request(method: str, route: str, status: int, milliseconds: float, request_id: str) -> None:
    """A request was answered; `route` is the pattern, never the address or its query."""
    _log.info(
        "request",
        method=method,
        route=route,
        status=status,
        milliseconds=round(milliseconds, 2),
        request_id=request_id,
    )


def request_failed(error_id: str, route: str, request_id: str, error: BaseException) -> None:
    """A bug: the traceback, without the values of variables, under the id that the caller has."""
    _log.error(
        "request_failed",
        error_id=error_id,
        route=route,
        request_id=request_id,
        exc_info=(type(error), _Nameless(type(error).__name__), error.__traceback__),
    )


def export_aborted(route: str, request_id: str, messages: int, cause: BaseException) -> None:
    """A whole export broke off after so many messages; its caller sees a broken connection."""
    _log.error(
        "export_aborted",
        route=route,
        request_id=request_id,
        messages=messages,
        cause=type(cause).__name__,
    )


def store_unavailable(route: str, cause: BaseException | None) -> None:
    """The store did not answer; `cause` is the engine's word for it."""
    _log.error("store_unavailable", route=route, cause=f"{type(cause).__name__}: {cause}")


def store_damaged(reason: str) -> None:
    """The ledger is damaged. This process stores nothing until an operator has repaired it."""
    _log.critical("store_damaged", reason=reason)


def opt_outs_rebuild_due() -> None:
    """Words or keywords have changed: an operator has to run `smsledger opt-outs rebuild`."""
    _log.warning("opt_outs_rebuild_due")


def opt_outs_check_failed(cause: BaseException) -> None:
    """The check whether a rebuild of opt-outs is due failed; it runs again seconds later."""
    _log.error("opt_outs_check_failed", cause=f"{type(cause).__name__}: {cause}")


def unrouted(gateway: str, code: str) -> None:
    """A gateway's message found no program and waits for `smsledger route`, which says why."""
    _log.warning("unrouted", gateway=gateway, code=code)


def unrouted_alarm(waiting: int, limit: int) -> None:
    """The number of unrouted messages is near the limit or has reached it."""
    _log.error("unrouted_alarm", waiting=waiting, limit=limit)


def purged(messages: int) -> None:
    """Messages whose time was up have left."""
    _log.info("purged", messages=messages)


def purge_failed(cause: BaseException) -> None:
    """The purge did not get through; the next one tries again."""
    _log.error("purge_failed", cause=f"{type(cause).__name__}: {cause}")


def mail_failed(cause: BaseException | None) -> None:
    """An invitation was not sent; who was to get it is told to who sent it, and not here."""
    _log.error("mail_failed", cause=type(cause).__name__)


def write_down_failed(cause: BaseException) -> None:
    """How far exports have got, or which credentials were used, waits for the next time."""
    _log.error("write_down_failed", cause=f"{type(cause).__name__}: {cause}")


class _Nameless(Exception):
    """Stands for an exception whose own text might quote what a caller sent."""
