"""A cookie of the console, protected from scripts, other sites and other hosts."""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from smsledger.web.call import Call


class Cookie:
    """A cookie under the origin that callers use.

    Under https its name begins with `__Host-`. Browsers take such a cookie only from the host
    itself, over https and for the path `/`: another host of the same domain cannot set it and so
    sign a visitor in as somebody else. The path prefix of the server, if there is one, is part of
    the name, so that two servers on one host keep their cookies apart.

    Under plain http the name has no `__Host-`, which would need https.
    """

    def __init__(self, name: str, origin: str) -> None:
        parts = urlsplit(origin)
        prefix = parts.path.strip("/")
        if parts.scheme == "https":
            suffix = f".{quote(prefix, safe='')}" if prefix else ""
            self._name, self._rules = f"__Host-{name}{suffix}", "; Secure"
            self._path = "/"
        else:
            self._name, self._rules = name, ""
            self._path = f"/{prefix}"

    def read(self, call: Call) -> str:
        """Return the value that the browser sends, or an empty string."""
        try:
            cookies = SimpleCookie(call.headers.get(b"cookie", b"").decode("latin-1"))
        except CookieError:
            return ""
        return cookies[self._name].value if self._name in cookies else ""

    def set(self, value: str, seconds: int) -> tuple[bytes, bytes]:
        """Return the header that sets the cookie; 0 seconds delete it."""
        text = f"{self._name}={value}; Path={self._path}; Max-Age={seconds}"
        return b"set-cookie", f"{text}; HttpOnly; SameSite=Lax{self._rules}".encode()
