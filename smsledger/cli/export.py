"""`smsledger export`: exports a program's messages, and verifies exported files."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from smsledger.cli import database, options
from smsledger.cli.common import checked
from smsledger.cli.export_failures import failing
from smsledger.cli.options import required
from smsledger.cli.output import counted, print_text
from smsledger.client.database.targets import TABLE, is_target
from smsledger.client.file import files, verification
from smsledger.client.file.export import Export
from smsledger.client.file.report import Report
from smsledger.client.http.request import MAX_PAGE_SIZE, ExportRequest, base_url
from smsledger.client.http.retry import DEFAULT_RETRIES
from smsledger.client.http.wire import Wire
from smsledger.ledger.fields import INCLUDABLE
from smsledger.ledger.filters import FILTERS, in_order


@options.with_filters
def export(
    url: Annotated[str | None, options.URL] = None,
    user: Annotated[str | None, options.USER] = None,
    program: Annotated[int | None, options.PROGRAM] = None,
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
    *,
    filters: Mapping[str, list[str]],
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
    quiet: options.Quiet = False,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Keep a database up to date, as `smsledger follow` does."),
    ] = False,
    look_back: options.LookBack = "72h",
    table: options.TableName = TABLE,
    mode: options.Mode = "0600",
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
    os.umask(checked("--mode", options.umask, mode))
    if follow or is_target(place):
        database.refuse_filters(
            {"--from": start, "--to": end}
            | {each.option: filters.get(each.parameter) for each in FILTERS}
            | {"--include": include, "--excel": excel, "--page-size": page_size}
        )
        database.fill(
            required("URL", url),
            required("--user", user),
            required("--program", program),
            place,
            table=table,
            look_back=look_back,
            retries=None if follow else retries,
            restart=restart,
            quiet=quiet,
        )
        return
    if table != TABLE:
        raise typer.BadParameter("requires a database as --output", param_hint="--table")
    file = Path(place)
    fields = checked("--include", options.fields, include)
    layout = checked("--output", files.layout, file, fields, excel=excel)
    checked("--output", _require_place, file)
    period = options.period(start, end)
    paging = [("pageSize", str(page_size or MAX_PAGE_SIZE))]
    including = [("include", ",".join(fields))] if fields else []
    request = ExportRequest(
        base=checked("URL", base_url, required("URL", url)),
        program_id=required("--program", program),
        user=checked("--user", options.user, required("--user", user)),
        start=period.start,
        end=period.end,
        defaulted=period.defaulted,
        filters=(*in_order(filters, paging), *including),
    )
    secret = options.secret(request.user)
    with (
        failing(),
        Report(quiet=quiet) as report,
        Wire(request.base, request.user, secret, retries=retries, note=report.note) as wire,
    ):
        export = Export(request, file, layout, wire, report, paged=page_size is not None)
        messages = export.run(restart=restart)
    if not quiet:
        print_text(f"{counted(messages, 'message')} in {file}")


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
