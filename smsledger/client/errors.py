"""Every way in which an export fails.

ExportError
├── Refused           the server answered with an error that trying again does not heal
│   └── WalkLost      the server no longer knows the walk: it has to begin anew
├── NoWholeExports    the server has pages only: the original API, or an older release
├── NotAPage          200, but the body is not of the documented form
├── ForeignOrigin     a redirect leaves the origin that was asked
├── PageLoop          nextPageUrl leads in a circle
├── GaveUp            every try failed
├── MissingPackage    an extra of smsledger is not installed
├── Unwritable        a message has no form in the format of the file
└── OutputBusy        another export is writing the same file
"""


class ExportError(Exception):
    """Base of all; its text is for the person at the terminal and holds no secret."""


class Refused(ExportError):
    """The server's refusal: its status line, then its `generalErrors`, one line each."""

    def __init__(self, status: str, problems: tuple[str, ...], hint: str = "") -> None:
        lines = [f"the server answered {status}", *(f"  {problem}" for problem in problems), hint]
        super().__init__("\n".join(line for line in lines if line))


class WalkLost(Refused):
    """Expired, of another ledger, or not a cursor at all: no later page can be had."""


class NoWholeExports(ExportError):
    """There is no whole export at the address where smsledger has it; there may be pages."""


class NotAPage(ExportError):
    """The server speaks, but not the Export Messages API."""


class ForeignOrigin(ExportError):
    """Going there would carry the secret to a server that was not asked for."""


class PageLoop(ExportError):
    """A page names a page before it as the next one."""


class GaveUp(ExportError):
    """The last of a bounded number of tries failed too."""


class OutputBusy(ExportError):
    """The partial file is locked."""


class Unwritable(ExportError):
    """A text longer than a cell can be, a date that is none: another format may take it."""


class MissingPackage(ExportError):
    """What was asked for needs a package that comes with an extra; the text names it."""
