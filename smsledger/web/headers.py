"""Headers that a request may have only once: Host, Authorization and Content-Type.

If such a header is repeated, a proxy may check the first value and this server use the last. RFC
9112 (3.2) requires 400 for Host. The other two are as dangerous.
"""

from smsledger.errors import InvalidRequest, Problem
from smsledger.web.call import Scope

_SINGLE = {b"host": "Host", b"authorization": "Authorization", b"content-type": "Content-Type"}


def check_headers(scope: Scope) -> None:
    """Check that a request repeats none of these headers and has a Host.

    The HTTP server adds an empty Host where there is none, so an empty one counts as absent.
    HTTP/1.0 does not require Host.

    Raises:
        InvalidRequest: one problem for each header that is wrong.
    """
    found = [(name, value) for name, value in scope["headers"] if name in _SINGLE]
    single = dict(found)
    if len(found) > len(single):
        names = [name for name, _ in found]
        repeated = [header for name, header in _SINGLE.items() if names.count(name) > 1]
        raise InvalidRequest(*map(_repeated, repeated))
    if not single.get(b"host") and scope["http_version"] == "1.1":
        raise InvalidRequest(_missing("Host"))


def _missing(header: str) -> Problem:
    text = f"The request has no {header} header, or an empty one."
    return Problem("missing_header", text, hint=f"Send a {header} header.")


def _repeated(header: str) -> Problem:
    text = f"The request has more than one {header} header."
    return Problem("repeated_header", text, hint="Send it once.")
