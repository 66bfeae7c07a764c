"""The change feed as typed objects."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from smsledger.client.errors import NotAPage
from smsledger.client.http.changes import ChangeRequest, pages
from smsledger.client.http.wire import Wire
from smsledger.client.python.message import Message, in_utc


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was said of a message. Moments are in UTC; None is what the gateway did not say."""

    change: int
    delivery_status: str | None = None
    date: datetime | None = None
    recorded_at: datetime
    network: str | None = None
    gateway: str | None = None
    error_code: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "recorded_at", in_utc(self.recorded_at))
        if self.date is not None:
            msgspec.structs.force_setattr(self, "date", in_utc(self.date))


class Changed(Message, frozen=True, kw_only=True, rename="camel"):
    """A message that was added or changed, in its latest state; `id` is always there.

    `change` is the number of its latest change; `history` is empty unless it was asked for.
    """

    change: int
    history: tuple[Entry, ...] = ()

    @property
    def erased(self) -> bool:
        """It is not."""
        return False


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the ledger no longer holds."""

    id: str
    change: int

    @property
    def erased(self) -> bool:
        """It is."""
        return True


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Some changes, in order of `change`, and the `token` from which the feed goes on.

    Store what they say first and the token then: after a crash between the two they come again,
    and none is lost.
    """

    changes: tuple[Changed | Erased, ...]
    token: str


def changes(wire: Wire, request: ChangeRequest, after: str | None, wait: int) -> Iterator[Changes]:
    """Pages of the feed, as `Client.changes` says.

    Raises:
        ExportError: the feed cannot be read on; FeedLost if it has to be read from its beginning.
    """
    for page in pages(wire, request, after, wait):
        # Also an empty page: its token is fresher, and tokens expire.
        yield Changes(changes=tuple(map(_change, page.entries)), token=page.next_token)


def _change(entry: dict[str, Any]) -> Changed | Erased:
    try:
        if entry.get("erased"):
            return msgspec.convert(entry, Erased)
        return msgspec.convert(entry, Changed)
    except msgspec.ValidationError as error:
        raise NotAPage(f"the server gives changes of another form: {error}") from error
