"""The change feed: pages of what was added, changed or erased since a token."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec

from smsledger.client.errors import NotAPage
from smsledger.client.message import Message, in_utc
from smsledger.client.wire import Wire

LIMIT = 10_000  # messages of one page: the most that the server gives


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


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the ledger no longer holds."""

    id: str
    change: int


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Some changes, in order of `change`, and the `token` from which the feed goes on.

    Store what they say first and the token then: after a crash between the two they come again,
    and none is lost.
    """

    changes: tuple[Changed | Erased, ...]
    token: str


class _Data(msgspec.Struct):
    messages: list[msgspec.Raw]


class _Meta(msgspec.Struct, rename="camel"):
    next_token: str
    next_page_url: str | None = None


class _Page(msgspec.Struct):
    data: _Data
    meta: _Meta


class _Kind(msgspec.Struct):
    erased: bool = False


_page = msgspec.json.Decoder(_Page).decode
_kind = msgspec.json.Decoder(_Kind).decode
_changed = msgspec.json.Decoder(Changed).decode
_erased = msgspec.json.Decoder(Erased).decode


def changes(
    wire: Wire, address: str, after: str | None, wait: int, include: Sequence[str]
) -> Iterator[Changes]:
    """Pages of the feed at the address, as `Client.changes` says.

    Raises:
        ExportError: the feed cannot be read on.
    """
    token = after
    while True:
        page = _read(wire.body(_url(address, token, wait, include), wait=wait))
        token = page.meta.next_token
        # Also an empty page: its token is fresher, and tokens expire.
        yield Changes(changes=tuple(map(_change, page.data.messages)), token=token)
        if not wait and page.meta.next_page_url is None:
            return


def _read(body: bytes) -> _Page:
    try:
        return _page(body)
    except msgspec.DecodeError as error:
        raise NotAPage(f"the answer is not a page of changes: {error}") from error


def _change(entry: msgspec.Raw) -> Changed | Erased:
    try:
        return _erased(entry) if _kind(entry).erased else _changed(entry)
    except msgspec.DecodeError as error:
        raise NotAPage(f"the server gives changes of another form: {error}") from error


def _url(address: str, token: str | None, wait: int, include: Sequence[str]) -> str:
    asked = {"limit": str(LIMIT), "wait": str(wait) if wait else "", "after": token or ""}
    asked["include"] = ",".join(include)
    return f"{address}?" + "&".join(f"{k}={quote(v, safe=',')}" for k, v in asked.items() if v)
