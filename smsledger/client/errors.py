"""Every way in which an export fails.

ExportError
├── Refused           the server answered with an error that trying again does not heal
│   ├── WalkLost      the server no longer knows the walk: it has to begin anew
│   ├── FeedLost      the server no longer knows the token: what followed it has to be filled anew
│   └── NoFeed        the server has no change feed: the original API, or an older release
├── NoWholeExports    the server has pages only: the original API, or an older release
├── NotAPage          200, but the body is not of the documented form
├── ForeignOrigin     a redirect leaves the origin that was asked
├── PageLoop          nextPageUrl leads in a circle
├── GaveUp            every try failed
├── MissingPackage    an extra of smsledger is not installed
├── Unwritable        a message has no form in the format of the file
├── OutputBusy        another export is writing the same file
└── TargetError       the target database
    ├── TargetUnusable    it, or its table, is not one to write to
    ├── TargetBusy        another run has it, or a reader its DuckDB file
    ├── TargetFailed      it is down, or out of room: may pass
    └── TokenMoved        another run has written meanwhile: its state has to be read anew
"""


class ExportError(Exception):
    """Base of all; its text is for the person at the terminal and holds no secret."""


class Refused(ExportError):
    """The server's refusal: its status line, then its `generalErrors`, one line each.

    `codes` are those of the `generalErrors`, as far as they have any.
    """

    def __init__(
        self,
        status: str,
        problems: tuple[str, ...],
        hint: str = "",
        *,
        codes: frozenset[str] = frozenset(),
    ) -> None:
        self.status, self.problems, self.codes = status, problems, codes
        lines = [f"the server answered {status}", *(f"  {problem}" for problem in problems), hint]
        super().__init__("\n".join(line for line in lines if line))


class WalkLost(Refused):
    """Expired, of another ledger, or not a cursor at all: no later page can be had."""


class FeedLost(Refused):
    """Expired, of another ledger, or not a token at all: nothing can be followed from it."""


class NoFeed(Refused):
    """There are no changes at the address where smsledger has them; there may be pages."""


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


class TargetError(ExportError):
    """Base of what a target database may do."""


class TargetUnusable(TargetError):
    """Trying again does not heal it: another layout, a right not granted."""


class TargetBusy(TargetError):
    """It is locked."""


class TargetFailed(TargetError):
    """Nothing of the transaction is in it, or all of it is: the state tells."""


class TokenMoved(TargetError):
    """What was to be written goes on from a token that is no longer the target's."""
