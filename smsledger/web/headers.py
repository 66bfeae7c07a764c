"""Headers that a request has once: they decide which server, which caller and what body is meant.

Of two values a proxy may read the first and this server the last, so that one checks what the
other does not use. RFC 9112 (3.2) demands 400 for Host; the same danger is in the other two.
"""

from smsledger.errors import InvalidRequest, Problem
from smsledger.web.call import Scope

_SINGLE = {b"host": "Host", b"authorization": "Authorization", b"content-type": "Content-Type"}


def check_headers(scope: Scope) -> None:
    """Refuse a request that repeats one of these headers, or has no Host.

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
    return Problem("missing_header", f"The request has no header {header}, or an empty one.")


def _repeated(header: str) -> Problem:
    text = f"The request has the header {header} more than once."
    return Problem("repeated_header", text, hint="Send it once.")
