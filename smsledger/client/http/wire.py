"""One answer over HTTP, a page or a stream: the credential, the origin, the retries."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Self, TypeVar

import httpx

from smsledger import __version__
from smsledger.client.errors import ForeignOrigin, NoWholeExports, Refused, WalkLost
from smsledger.client.http import answer
from smsledger.client.http.answer import Answer
from smsledger.client.http.request import origin
from smsledger.client.http.retry import DEFAULT_RETRIES, Transient, retry_after, retrying

# A page under a sparse filter may take its server a while; a connection may not.
READ_SECONDS, CONNECT_SECONDS = 60.0, 10.0
STREAM_TIMEOUT = httpx.Timeout(120.0, connect=10.0)  # between two messages that a filter leaves
MAX_REDIRECTS = 5
MAX_REFUSAL = 64 * 1024  # bytes read of the answer that is not the stream asked for
NDJSON = "application/x-ndjson"
_NO_ENVELOPE_NEEDED = {401, 403}  # means the same of any server: pages would be refused too
_PASSING = {429, 502, 503, 504}  # said by proxies while a server is restarted
_LASTING = {"store_damaged"}  # of the codes with a status of 500 and above
_WALK_LOST = {"walk_expired", "invalid_cursor", "ledger_restored"}
_HINTS = {401: "check --user and SMSLEDGER_SECRET", 404: "check --program, and the URL's path"}

T = TypeVar("T")


def _silent(_: str) -> None: ...


class Wire:
    """One server, asked with one credential; close it, or use it as a context manager.

    `note` is told of every failure that is tried again; `retries` None is without end.
    """

    def __init__(
        self,
        base: str,
        user: str,
        secret: str,
        *,
        retries: int | None = DEFAULT_RETRIES,
        note: Callable[[str], None] = _silent,
    ) -> None:
        self._origin = origin(httpx.URL(base))
        self.retrying = retrying(retries, note)
        self._http = httpx.Client(
            auth=httpx.BasicAuth(user, secret),
            headers={"accept": "application/json", "user-agent": f"smsledger/{__version__}"},
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def page(self, url: str) -> Answer:
        """The page at `url`, however many tries it takes.

        Raises:
            Refused: the server will not give it; WalkLost where it no longer knows the walk.
            NotAPage: what it gives is not a page.
            ForeignOrigin: it is, or redirects, elsewhere than the origin asked.
            GaveUp: every try failed.
        """
        page = self.read(url, answer.read)
        if page.problems:
            raise Refused("200 OK", page.problems)
        return page

    def read(self, url: str, read: Callable[[bytes], T], *, wait: float = 0.0) -> T:
        """Return what `read` makes of the body of the 200 at `url`, however many tries it takes.

        `read` raises ValueError if the body is not JSON, and the request is sent again. The server
        may take `wait` seconds longer to answer.

        Raises:
            ExportError: as `page`, and what `read` raises.
        """
        made: T = self.retrying(self._try, url, read, wait)
        return made

    @contextmanager
    def stream(self, url: str) -> Iterator[Iterator[bytes]]:
        """The body of the whole export at `url` in pieces, as they come; one try, not several.

        Raises:
            Transient: the connection or the server failed; the same may work later.
            NoWholeExports: the server has none.
            Refused, ForeignOrigin: as for a page.
        """
        with _passing():
            response = self._get(httpx.URL(url), stream=True)
        with closing(response):
            if not _is_stream(response):
                raise _no_stream(response)
            yield _pieces(response)

    def _try(self, url: str, read: Callable[[bytes], T], wait: float) -> T:
        with _passing():
            response = self._get(httpx.URL(url), wait=wait)
        if response.status_code != httpx.codes.OK:
            raise _failure(response, response.content)
        try:
            return read(response.content)
        except ValueError as error:  # a proxy's page, say, while a server is restarted
            raise Transient(f"the answer is broken off or is no JSON: {error}") from error

    def _get(self, url: httpx.URL, *, stream: bool = False, wait: float = 0.0) -> httpx.Response:
        """The answer after redirects on the origin. The one place where the secret is sent."""
        for _ in range(1 + MAX_REDIRECTS):
            if origin(url) != self._origin:
                raise ForeignOrigin(
                    f"the server redirects to another origin, {url.scheme}://{url.netloc.decode()},"
                    " which does not get the secret; if that is the server's new address, name it"
                )
            response = self._send(url, stream=stream, wait=wait)
            if response.next_request is None:
                return response
            response.close()
            url = response.next_request.url
        raise Refused(_status(response), (f"more than {MAX_REDIRECTS} redirects",))

    def _send(self, url: httpx.URL, *, stream: bool, wait: float) -> httpx.Response:
        if not stream:
            return self._http.get(url, timeout=_patient(wait))
        accept = {"accept": f"{NDJSON}, application/json"}
        request = self._http.build_request("GET", url, headers=accept, timeout=STREAM_TIMEOUT)
        return self._http.send(request, stream=True)


def _patient(wait: float) -> httpx.Timeout:
    return httpx.Timeout(READ_SECONDS + wait, connect=CONNECT_SECONDS)


@contextmanager
def _passing() -> Iterator[None]:
    """What a connection does to an answer is Transient."""
    try:
        yield
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise Transient(f"{type(error).__name__}: {error}") from error


def _pieces(response: httpx.Response) -> Iterator[bytes]:
    with _passing():
        yield from response.iter_bytes()


def _is_stream(response: httpx.Response) -> bool:
    kind = str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()
    return response.status_code == httpx.codes.OK and kind == NDJSON


def _no_stream(response: httpx.Response) -> Exception:
    """What it means that the answer is no stream: a failure of ours, or a server without them."""
    body = b""
    for piece in _pieces(response):
        body += piece
        if len(body) > MAX_REFUSAL:
            break
    codes, _ = answer.refusal(body)
    status = response.status_code
    ours = bool(codes) and status != httpx.codes.OK and "not_found" not in codes
    if ours or status in _NO_ENVELOPE_NEEDED | _PASSING:
        return _failure(response, body)
    return NoWholeExports(f"the server has no whole exports: it answered {_status(response)}")


def _failure(response: httpx.Response, body: bytes) -> Exception:
    codes, problems = answer.refusal(body)
    status = response.status_code
    failed = status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR
    if failed and not codes & _LASTING:
        after = retry_after(response.headers.get("retry-after", ""), datetime.now(UTC))
        return Transient("; ".join((f"the server answered {_status(response)}", *problems)), after)
    if codes & _WALK_LOST:
        return WalkLost(_status(response), problems, "the walk has to begin anew", codes=codes)
    return Refused(_status(response), problems, _HINTS.get(status, ""), codes=codes)


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".rstrip()
