"""The client for Python programs: a server, a credential, and what can be had of it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self, Unpack

from smsledger.client.http.batches import Batch, batches
from smsledger.client.http.changes import MAX_LIMIT, ChangeRequest
from smsledger.client.http.request import base_url
from smsledger.client.http.retry import DEFAULT_RETRIES
from smsledger.client.http.wire import Wire
from smsledger.client.python import feed, filters, message, tables
from smsledger.client.python.feed import Changes
from smsledger.client.python.filters import Filters
from smsledger.client.python.message import Message


def _silent(_: str) -> None: ...


class Client:
    """One server, asked with one credential; close it, or use it as a context manager.

    Args:
        url: The server's address: https://HOST or https://HOST/PREFIX.
        user: User name of the credential.
        secret: Its secret, which is sent to the origin of `url` only.
        retries: How often what may pass is tried again before giving up.
        note: Is told, in one line, of every failure that is tried again.

    Raises:
        ValueError: `url` is no such address.
    """

    def __init__(
        self,
        url: str,
        *,
        user: str,
        secret: str,
        retries: int = DEFAULT_RETRIES,
        note: Callable[[str], None] = _silent,
    ) -> None:
        self._base = base_url(url)
        self._user = user
        self._wire = Wire(self._base, user, secret, retries=retries, note=note)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def messages(self, program: int, **which: Unpack[Filters]) -> Iterator[Message]:
        """Each message of a whole walk, once, in order of date.

        Against the original API too, which has no more filters than start, end and type. Memory
        is for some 10,000 messages. A message is only given when it is proved to be as sent.

        Raises:
            ValueError: a filter is malformed.
            ExportError: the walk failed; what came before is right nonetheless.
        """
        for batch in self._batches(program, which):
            yield from message.read(batch.lines)

    def record_batches(self, program: int, **which: Unpack[Filters]) -> Iterator[Any]:
        """The same as pyarrow record batches of some 10,000 messages at most.

        Columns are named as the fields of Message; dates are UTC.

        Raises:
            MissingPackage: pyarrow is not installed.
            ValueError, ExportError: as `messages`.
        """
        yield from tables.record_batches(self._batches(program, which), _columns(which))

    def messages_table(self, program: int, **which: Unpack[Filters]) -> Any:
        """The same as one pyarrow.Table, in memory; without messages it has its columns alone."""
        return tables.table(self._batches(program, which), _columns(which))

    def messages_frame(self, program: int, **which: Unpack[Filters]) -> Any:
        """The same as one pandas.DataFrame, in memory."""
        return tables.frame(self._batches(program, which), _columns(which))

    def changes(
        self,
        program: int,
        *,
        after: str | None = None,
        wait: int = 0,
        include: str | Sequence[str] = (),
        history: bool = False,
    ) -> Iterator[Changes]:
        """What was added, changed or erased since the token `after`, in batches.

        A change may come twice, none is left out: write by `id`, and keep `token` after that.

        Args:
            program: The program's id.
            after: A token that was kept, or a manifest's `changes`; None is from the beginning.
            wait: 0 ends when there is no more; the last batch may be empty. 1 to 60 seconds never
                ends: a batch comes at the first change, or empty when the time is over.
            include: More fields, as for messages; `id` is there in any case.
            history: Whether each message comes with all that was said of it.

        Raises:
            ExportError: the feed cannot be read on. FeedLost where the token is too old, or of a
                ledger that was restored: export anew, and go on from its token.
        """
        fields = [name for name in filters.included(include).split(",") if name]
        more = (*fields, "history") if history else tuple(fields)
        request = ChangeRequest(base=self._base, program_id=program, include=more, limit=MAX_LIMIT)
        return feed.changes(self._wire, request, after, wait)

    def changes_table(
        self, program: int, *, after: str | None = None, include: str | Sequence[str] = ()
    ) -> tuple[Any, str]:
        """All changes since the token `after` as one pyarrow.Table, and the token to keep.

        A row is a message in its latest state, once, in order of `change`. Columns are those of
        messages, `id` always among them, `change`, and `erased`: where that is true, all others
        but `id` and `change` are null. Without changes it has its columns alone.

        Raises:
            MissingPackage: pyarrow is not installed.
            ExportError: as `changes`.
        """
        found = self.changes(program, after=after, include=include)
        return tables.changes_table(found, tables.change_columns(filters.included(include)))

    def changes_frame(
        self, program: int, *, after: str | None = None, include: str | Sequence[str] = ()
    ) -> tuple[Any, str]:
        """The same as one pandas.DataFrame, and the token to keep."""
        found = self.changes(program, after=after, include=include)
        return tables.changes_frame(found, tables.change_columns(filters.included(include)))

    def _batches(self, program: int, which: Filters) -> Iterator[Batch]:
        return batches(self._wire, filters.request(self._base, self._user, program, which))


def _columns(which: Filters) -> tuple[str, ...]:
    return tables.columns(filters.included(which.get("include", ())))
