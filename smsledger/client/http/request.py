"""What is asked for, and the URLs that ask for it. Nothing here speaks to a server.

The original API's nextPageUrl is `…/121811?page=2`: followed as it stands, the second page comes
without the filters of the first. So a nextPageUrl is never followed as it stands: the lost
filters are put back, and it is pinned to the origin that the user named.
"""

from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlencode, urljoin

import httpx
import msgspec

MAX_PAGE_SIZE = 500


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One export, as asked for.

    `base` is the API's URL without the trailing slash. `start` and `end` are dates as sent on
    the wire, GMT; `defaulted` names those of the two that the user did not give. `filters` are
    all other parameters in wire form; network may be repeated.
    """

    base: str
    program_id: int
    user: str
    start: str
    end: str
    defaulted: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def first_url(self) -> str:
        """The URL of the walk's first page."""
        path = f"{self.base}/api/messages/program/{self.program_id}"
        return str(httpx.URL(f"{path}?{encode(self._parameters)}"))

    def export_url(self, resume: str | None = None) -> str:
        """The URL of the whole export, or of what comes after the cursor `resume` of it.

        The cursor carries the filters inside, so that only what it does not hold is repeated.
        """
        asked = [item for item in self._parameters if item[0] != "pageSize"]
        if resume is not None:
            asked = [("resume", resume), *(item for item in asked if item[0] == "include")]
        form = (("format", "ndjson"), ("manifest", "true"), ("checkpoints", "true"))
        path = f"{self.base}/api/messages/program/{self.program_id}/export"
        return str(httpx.URL(f"{path}?{encode((*asked, *form))}"))

    def next_url(self, present: str, next_page_url: str) -> str:
        """The URL to follow, for the nextPageUrl that the page at `present` answered with.

        Always on the origin of `present`. Without a cursor it carries every parameter of the
        request; what the nextPageUrl says itself is never overridden. A cursor carries its
        filters inside, and a date beside it that is written otherwise would be refused.

        Raises:
            ValueError: it is not a URL.
        """
        here, there = parse_url(present), parse_url(urljoin(present, next_page_url))
        query = there.query.decode()
        said = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        if "cursor" not in said:
            lost = encode(item for item in self._parameters if item[0] not in said)
            query = "&".join(part for part in (query, lost) if part)
        path = there.raw_path.decode().partition("?")[0].removeprefix("/")
        return str(parse_url(f"{here.scheme}://{here.netloc.decode()}/{path}?{query}"))

    def asks_as(self, other: "ExportRequest") -> bool:
        """Whether the user asked for the same both times; dates that were not given agree."""
        dates = {name: getattr(self, name) for name in self.defaulted}
        return self == msgspec.structs.replace(other, **dates)

    @property
    def _parameters(self) -> tuple[tuple[str, str], ...]:
        return (("startDate", self.start), ("endDate", self.end), *self.filters)


def base_url(text: str) -> str:
    """The API's URL in one spelling, without a trailing slash.

    Raises:
        ValueError: it is not an http(s) URL, or has a user, secret, query or fragment in it.
    """
    url = parse_url(text)
    if url.scheme not in {"http", "https"} or not url.host or not 0 < (url.port or 80) <= 0xFFFF:
        raise ValueError("not a URL of the form https://HOST or https://HOST/PREFIX")
    if url.userinfo:
        raise ValueError("give the user with --user and the secret in SMSLEDGER_SECRET")
    if url.query or url.fragment:
        raise ValueError("give the address alone; filters are options")
    return str(url).rstrip("/?#")


def parse_url(text: str) -> httpx.URL:
    """The URL.

    Raises:
        ValueError: it is not one.
    """
    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port: who gets to see the secret. The scheme's own port is None."""
    return url.scheme, url.host, url.port


def encode(parameters: Iterable[tuple[str, str]]) -> str:
    """The query string."""
    # quote, not quote_plus: not every server reads a plus as a space.
    return urlencode(tuple(parameters), quote_via=quote, safe=":,")
