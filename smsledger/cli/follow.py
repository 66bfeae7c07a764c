"""`smsledger follow`: keeps a table in a database up to date."""

import os
from typing import Annotated

import typer

from smsledger.cli import database, options
from smsledger.cli.common import checked
from smsledger.client.database.targets import TABLE


def follow(
    url: Annotated[str, options.URL],
    user: Annotated[str, options.USER],
    program: Annotated[int, options.PROGRAM],
    output: Annotated[
        str, typer.Option(metavar="URL", help="A database: duckdb:///FILE, postgresql://….")
    ],
    table: options.TableName = TABLE,
    look_back: options.LookBack = "72h",
    restart: Annotated[
        bool, typer.Option("--restart", help="Empty the program's rows and load them again.")
    ] = False,
    quiet: options.Quiet = False,
    mode: options.Mode = "0600",
) -> None:
    """Keep a table in a database up to date with a program until stopped. Rerun to resume.

    The table gets every message with every field. The server is smsledger or any other server of
    the Export Messages API. The secret comes from SMSLEDGER_SECRET or a prompt. The command waits
    for a server that is away, and for a database that is away after the first success. Exit status:
    0 stopped by SIGINT or SIGTERM, 1 failed, 2 wrong usage.
    """
    os.umask(checked("--mode", options.umask, mode))
    database.fill(
        url,
        user,
        program,
        output,
        table=table,
        look_back=look_back,
        retries=None,
        restart=restart,
        quiet=quiet,
    )
