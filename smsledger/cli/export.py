"""`smsledger export`: exports a program's messages, and verifies exported files."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from smsledger.accounts.provisioning import duration_of
from smsledger.cli import asking, follow
from smsledger.cli.asking import checked, required
from smsledger.cli.output import print_text
from smsledger.client.database.targets import TABLE, is_target
from smsledger.client.errors import ExportError, GaveUp
from smsledger.client.file import files, verification
from smsledger.client.file.export import Export
from smsledger.client.file.report import Report
from smsledger.client.http.request import MAX_PAGE_SIZE, ExportRequest, base_url
from smsledger.client.http.retry import DEFAULT_RETRIES
from smsledger.client.http.wire import Wire
from smsledger.ledger.model import MessageType
from smsledger.ledger.query import INCLUDABLE

GOES_ON = "the same command goes on from where this one stopped"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def export(
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="URL", help="URL of the server: https://HOST or https://HOST/PREFIX."
        ),
    ] = None,
    user: Annotated[str | None, typer.Option(help="User name of the credential.")] = None,
    program: Annotated[int | None, typer.Option(min=0, help="Program id.")] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|URL",
            help=f"A file: {', '.join(files.SUFFIXES)}. Or a database:"
            " duckdb:///FILE, postgresql://….",
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DATE",
            help="YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, GMT. Default: 365 days ago.",
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="DATE", help="Inclusive end date in the same formats. Default: now."
        ),
    ] = None,
    message_type: Annotated[
        MessageType | None,
        typer.Option("--type", case_sensitive=False, metavar="MO|MT", help="Only this type."),
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS,…", help="Only these delivery statuses.")
    ] = None,
    number: Annotated[
        str | None, typer.Option(metavar="NUMBER,…", help="Only these numbers.")
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this carrier; '' if unknown. Repeatable."),
    ] = None,
    include: Annotated[
        str, typer.Option(metavar="FIELD,…", help=f"More fields: {', '.join(INCLUDABLE)}.")
    ] = "",
    excel: Annotated[
        bool, typer.Option("--excel", help="Write a .csv that Excel opens safely.")
    ] = False,
    page_size: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_PAGE_SIZE, help="Request pages of this size instead of a stream."
        ),
    ] = None,
    retries: Annotated[
        int,
        typer.Option(min=0, help="Retries before giving up. Unlimited with --follow."),
    ] = DEFAULT_RETRIES,
    restart: Annotated[bool, typer.Option("--restart", help="Discard an unfinished run.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
    follow_: Annotated[
        bool, typer.Option("--follow", help="Keep a database up to date until stopped.")
    ] = False,
    look_back: Annotated[
        str,
        typer.Option(
            metavar="DURATION",
            help="Period that each round reads again if the server has no change feed.",
        ),
    ] = "72h",
    table: Annotated[
        str, typer.Option(metavar="NAME", help="Table in the database; SCHEMA.NAME in PostgreSQL.")
    ] = TABLE,
    mode: Annotated[
        str,
        typer.Option(
            metavar="OCTAL", help="Permissions of new files. 0640 lets the group read them."
        ),
    ] = "0600",
    verify: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, metavar="FILE", help="Verify a file against its manifest, then exit."
        ),
    ] = None,
) -> None:
    """Export a program's messages to a file or a database. Rerun to resume.

    The server is smsledger or any other server of the Export Messages API. The secret comes from
    SMSLEDGER_SECRET or a prompt. The command also writes FILE.manifest.json, with which
    `--verify FILE` checks the file. Exit status: 0 done, 1 failed, 2 wrong usage.
    """
    if verify:
        _verify(verify, quiet=quiet)
        return
    place = required("--output", output)
    os.umask(checked("--mode", asking.umask, mode))
    if is_target(place):
        name = checked("--user", asking.user, required("--user", user))
        follow.refuse_filters(
            {"--from": start, "--to": end, "--type": message_type, "--status": status}
            | {"--number": number, "--network": network, "--include": include}
            | {"--excel": excel, "--page-size": page_size}
        )
        with failing():
            follow.into_database(
                follow.Databases(
                    base=checked("URL", base_url, required("URL", url)),
                    user=name,
                    program=required("--program", program),
                    output=place,
                    table=table,
                    retries=retries,
                    look_back=checked("--look-back", duration_of, look_back),
                    follow=follow_,
                    restart=restart,
                    quiet=quiet,
                ),
                asking.secret(name),
            )
        return
    if follow_ or table != TABLE:
        raise typer.BadParameter("requires a database as --output", param_hint="--follow/--table")
    file = Path(place)
    fields = checked("--include", asking.fields, include)
    layout = checked("--output", files.layout, file, fields, excel=excel)
    checked("--output", _require_place, file)
    period = asking.period(start, end)
    filters = asking.given(
        ("messageType", message_type),
        ("pageSize", str(page_size or MAX_PAGE_SIZE)),
        ("deliveryStatus", status),
        ("number", number),
        *(("network", name) for name in network or ()),
        ("include", ",".join(fields) or None),
    )
    request = ExportRequest(
        base=checked("URL", base_url, required("URL", url)),
        program_id=required("--program", program),
        user=checked("--user", asking.user, required("--user", user)),
        start=period.start,
        end=period.end,
        defaulted=period.defaulted,
        filters=filters,
    )
    secret = asking.secret(request.user)
    with (
        failing(),
        Report(quiet=quiet) as report,
        Wire(request.base, request.user, secret, retries=retries, note=report.note) as wire,
    ):
        export = Export(request, file, layout, wire, report, paged=page_size is not None)
        messages = export.run(restart=restart)
    if not quiet:
        print_text(f"{messages} messages in {file}")


@contextmanager
def failing() -> Iterator[None]:
    """Turn failures into a message on standard error and exit status 1."""
    try:
        yield
    except KeyboardInterrupt:
        reason = f"interrupted; {GOES_ON}"
    except GaveUp as error:
        reason = f"{error}\n{GOES_ON}"
    except OSError as error:
        room = f"\nwhen there is room, {GOES_ON}" if error.errno in _NO_ROOM else ""
        reason = f"{error}{room}"
    except ExportError as error:
        reason = str(error)
    else:
        return
    print_text(f"Error: {reason}", error=True)
    raise typer.Exit(1)


def _verify(file: Path, *, quiet: bool) -> None:
    with failing():
        differences = verification.differences(file)
    for difference in differences:
        print_text(f"{file}: {difference}", error=True)
    if differences:
        raise typer.Exit(1)
    if not quiet:
        print_text(f"{file} matches its manifest")


def _require_place(file: Path) -> None:
    if not file.parent.is_dir():
        raise ValueError(f"there is no directory {file.parent}")
    if file.is_dir():
        raise ValueError(f"{file} is a directory")
