"""What `smsledger export` and `smsledger follow` print when they fail."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from smsledger.cli.output import print_text
from smsledger.client.errors import ExportError, GaveUp

GOES_ON = "the same command goes on from where this one stopped"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
