"""The client for Python programs: a server, a credential, and what can be had of it."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self, Unpack

from smsledger.client import filters, message
from smsledger.client.batches import Batch, batches
from smsledger.client.filters import Filters
from smsledger.client.message import Message
from smsledger.client.request import base_url
from smsledger.client.retry import DEFAULT_RETRIES
from smsledger.client.wire import Wire


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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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

    def _batches(self, program: int, which: Filters) -> Iterator[Batch]:
        return batches(self._wire, filters.request(self._base, self._user, program, which))
