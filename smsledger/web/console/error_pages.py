"""Errors as pages, for whoever asked with a browser."""

from urllib.parse import quote

from smsledger.errors import LedgerError, SignInNeeded
from smsledger.web.call import Answer, Call
from smsledger.web.console.frame import Console

_TITLES = {
    400: "This address is not right",
    401: "Sign in first",
    403: "This is not for you",
    404: "There is nothing here",
    409: "This does not fit",
    429: "Too many attempts",
    500: "Something went wrong",
    503: "The ledger is away for a moment",
}
_FALLBACK = "This did not work"


class ErrorPages:
    """What a browser gets in the place of the API's envelope."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def answer(self, call: Call, error: LedgerError) -> Answer:
        """The page of an error. It loads itself anew where the store is away and that is safe."""
        if isinstance(error, SignInNeeded):
            return self._to_sign_in(call)
        title = _TITLES.get(error.status, _FALLBACK)
        reloads = error.status == 503 and call.scope["method"] in {"GET", "HEAD"}
        headers = [*error.headers, *([(b"refresh", b"2")] if reloads else [])]
        return self._console.page(
            call,
            "error.html",
            status=error.status,
            headers=headers,
            title=title,
            problems=error.problems,
            reloads=reloads,
        )

    def _to_sign_in(self, call: Call) -> Answer:
        """To the page at which one signs in, and from there back to what was asked for."""
        query = call.scope["query_string"].decode("latin-1")
        wanted = quote(call.scope["path"]) + (f"?{query}" if query else "")
        path = f"/sign-in?next={quote(wanted, safe='')}"
        if b"hx-request" in call.headers:  # a fragment: the whole page has to go there
            target = f"{self._console.root(call)}/sign-in".encode()
            return Answer(status=401, headers=[(b"hx-redirect", target)])
        if call.scope["method"] not in {"GET", "HEAD"}:
            path = "/sign-in"
        return self._console.redirect(call, path)


def wants_page(call: Call) -> bool:
    """Whether the caller is a browser that shows what it gets."""
    if call.scope["path"].startswith("/api/"):
        return False
    return b"text/html" in call.headers.get(b"accept", b"") or b"hx-request" in call.headers
