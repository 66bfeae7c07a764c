"""Who exported what: an entry of the log, and how it grows. No SQL, no HTTP.

An export has one entry for each credential that it was served to, whatever number of answers it
took. The change feed has no end: it has an entry for each credential, program and day. The entry is
there before the first byte; how far it got follows.
"""

import msgspec


class ExportEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One export by one credential.

    `export_id` is the same for every answer that belongs to it. `began_at` is when it began.
    `program_id` is 0 where it is of several programs. `filters` are as in a query.
    `skipped` messages of the export came before the first that this credential was served, and
    `reached` up to the last; `complete`: it was served the end. `updated_at` is when that was said.
    """

    export_id: bytes
    began_at: int
    username: str
    program_id: int
    kind: str
    filters: str
    skipped: int
    reached: int
    updated_at: int
    complete: bool = False

    @property
    def messages(self) -> int:
        """How many it was served."""
        return self.reached - self.skipped


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an export has got, of the fields of its entry.

    What is served again, by whichever process, is counted once: ends are kept, and not sums. But
    answers of the feed have no place in a whole: their messages are `added` to those before.
    """

    export_id: bytes
    skipped: int
    reached: int
    updated_at: int
    complete: bool
    added: int = 0


class LogQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries to list, newest first: at most `limit`, older than the place `before`.

    A place is an entry's `began_at` and `export_id`. None, anywhere, means all. With a program's
    come those of several programs: it may have been among them.
    """

    limit: int
    username: str | None = None
    program_id: int | None = None
    before: tuple[int, bytes] | None = None
