"""Which engine a store's URL names."""

from typing import Literal
from urllib.parse import urlsplit

Engine = Literal["sqlite", "postgres"]
EXAMPLES = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"
_ENGINES: dict[str, Engine] = {
    "sqlite": "sqlite",
    "postgresql": "postgres",
    "postgres": "postgres",
}


def engine_of(url: str) -> Engine:
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
    place = urlsplit(url).netloc
    user, at, hosts = place.rpartition("@")
    return url.replace(place, user.split(":")[0] + at + hosts, 1) if at else url
