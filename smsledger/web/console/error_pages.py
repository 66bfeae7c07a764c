"""Errors as HTML pages, for browsers."""

from urllib.parse import quote, urlencode, urlsplit

from smsledger.errors import LedgerError, NotReady, SignInNeeded, StoreDamaged
from smsledger.web.call import Answer, Call
from smsledger.web.console.frame import Console
from smsledger.web.console.visitor import SESSION

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
_DAMAGED = "The ledger is damaged"


class ErrorPages:
    """Renders errors as pages, in place of the API's envelope."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def answer(self, call: Call, error: LedgerError) -> Answer:
        """Return the page of an error.

        If the store is unavailable and the method is safe, the page reloads itself.
        """
        if isinstance(error, SignInNeeded):
            return self._to_sign_in(call)
        damaged = isinstance(error, StoreDamaged | NotReady)
        title = _DAMAGED if damaged else _TITLES.get(error.status, _FALLBACK)
        passes = error.status == 503 and not damaged
        reloads = passes and call.scope["method"] in {"GET", "HEAD"}
        headers = [*error.headers, *([(b"refresh", b"2")] if reloads else [])]
        return self._console.page(
            call,
            "error.html",
            status=error.status,
            headers=headers,
            title=title,
            problems=error.problems,
            reloads=reloads,
            unsure=passes and not reloads,
        )

    def _to_sign_in(self, call: Call) -> Answer:
        """Return a redirect to the sign-in page, which leads back to the requested page."""
        why = "ended" if self._console.cookie(call, SESSION).read(call) else ""
        asked = {"next": self._wanted(call), "why": why}
        query = urlencode({name: text for name, text in asked.items() if text})
        path = f"/sign-in?{query}" if query else "/sign-in"
        if b"hx-request" in call.headers:  # a fragment: the whole page has to go there
            target = f"{self._console.root(call)}{path}".encode()
            return Answer(status=401, headers=[(b"hx-redirect", target)])
        return self._console.redirect(call, path)

    def _wanted(self, call: Call) -> str:
        """Return the page to show after signing in: the requested one, or the one of a fragment.

        Empty for a submitted form, which is not sent again.
        """
        if b"hx-request" in call.headers:
            page = urlsplit(call.headers.get(b"hx-current-url", b"").decode("latin-1"))
            path, query = page.path.removeprefix(self._console.root(call)), page.query
        elif call.scope["method"] in {"GET", "HEAD"}:
            path = quote(call.scope["path"])
            query = call.scope["query_string"].decode("latin-1")
        else:
            path, query = "", ""
        return f"{path}?{query}" if query else path


def wants_page(call: Call) -> bool:
    """Whether the request comes from a browser that shows the response."""
    if call.scope["path"].startswith("/api/"):
        return False
    return b"text/html" in call.headers.get(b"accept", b"") or b"hx-request" in call.headers
