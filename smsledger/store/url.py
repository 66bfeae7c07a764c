"""Which engine a store's URL names."""

from typing import Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

EngineName = Literal["sqlite", "postgres"]
EXAMPLES = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"
_SECRET = ("password", "sslpassword")
_ENGINES: dict[str, EngineName] = {
    "sqlite": "sqlite",
    "postgresql": "postgres",
    "postgres": "postgres",
}


def engine_of(url: str) -> EngineName:
    """The engine behind the URL.

    Raises:
        ValueError: none has that scheme.
    """
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in _ENGINES or (scheme == "sqlite" and ":///" not in url):
        raise ValueError(f"the store must be a URL {EXAMPLES}")
    return _ENGINES[scheme]


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    shown = [pair for pair in parse_qsl(parts.query) if pair[0] not in _SECRET]
    hidden = parts._replace(netloc=user.split(":")[0] + at + hosts, query=urlencode(shown))
    return urlunsplit(hidden) if engine_of(url) == "postgres" else url


def password_of(url: str) -> str | None:
    """The password that the URL has, if it has one."""
    parts = urlsplit(url)
    _, colon, password = parts.netloc.rpartition("@")[0].partition(":")
    return unquote(password) if colon else dict(parse_qsl(parts.query)).get("password")
