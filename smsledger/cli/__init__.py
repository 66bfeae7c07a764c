"""The `smsledger` command: thin; each file here is a group of commands."""

import os
import sys

import typer

from smsledger.cli import (
    copy,
    credential,
    erase,
    export,
    files,
    follow,
    operate,
    opt_outs,
    program,
    serve,
    verify,
)
from smsledger.cli.common import FAILED, Failure, explained
from smsledger.cli.output import Commands, print_text

# Ledgers, backups and exports contain messages and numbers. Only the owner may read the files that
# commands create.
PRIVATE = 0o077

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A self-hosted ledger of SMS messages.",
)
app.command()(operate.migrate)
app.command()(serve.serve)
app.add_typer(program.app, name="program")
app.add_typer(credential.app, name="credential")
app.add_typer(opt_outs.app, name="opt-outs")
app.command("import")(files.import_file)
app.command()(export.export)
app.command()(follow.follow)
app.command()(operate.route)
app.command()(operate.purge)
app.command()(erase.erase)
app.command()(copy.copy)
app.command()(operate.backup)
app.command()(verify.verify)
app.command()(operate.restored)
app.command()(operate.moved)
app.command()(files.sample)


def main() -> None:
    """Run the command line; an expected failure prints one error and exits with status 1."""
    os.umask(PRIVATE)
    try:
        with explained():
            app()
    except Failure as failure:
        print_text(f"Error: {failure}", error=True)
        sys.exit(FAILED)
