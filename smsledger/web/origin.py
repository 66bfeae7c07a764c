"""Where the server is, as its callers see it: what nextPageUrl begins with."""

import re

from smsledger.settings import Settings, parse_networks
from smsledger.web.call import Call
from smsledger.web.client_address import parse_address

_HOST = re.compile(r"[A-Za-z0-9._~-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


class Origin:
    """Scheme, host and path prefix of a call.

    In this order: the setting `public_url`; X-Forwarded-Proto, -Host and -Prefix from a proxy
    listed in `trusted_proxies`; the Host that was asked for. What no host can look like is never
    repeated into a URL.
    """

    def __init__(self, settings: Settings) -> None:
        self._public = str(settings.public_url).rstrip("/") if settings.public_url else None
        self._trusted = parse_networks(settings.trusted_proxies)

    def of(self, call: Call) -> str:
        """The beginning of an absolute URL for the caller, without a slash at its end."""
        if self._public:
            return self._public
        scheme = call.scope["scheme"]
        host = call.headers.get(b"host", b"").decode("latin-1")
        prefix = ""
        if self._trusted and self._is_trusted(call):
            scheme = _scheme(_first(call, b"x-forwarded-proto")) or scheme
            host = _first(call, b"x-forwarded-host") or host
            host += _port(_first(call, b"x-forwarded-port"), scheme, host)
            prefix = _first(call, b"x-forwarded-prefix").rstrip("/")
        if not _HOST.fullmatch(host):
            host = _own_host(call)
        return f"{scheme}://{host}{prefix if _PREFIX.fullmatch(prefix) else ''}"

    def client_of(self, call: Call) -> str:
        """The address that a call comes from: behind trusted proxies, the last that is none."""
        client = call.scope.get("client")
        address = str(client[0]) if client else ""
        hops = call.headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        while self._trusts(address) and hops and hops[-1].strip():
            address = hops.pop().strip()
        return address

    def _is_trusted(self, call: Call) -> bool:
        client = call.scope.get("client")
        return self._trusts(client[0] if client else "")

    def _trusts(self, address: str) -> bool:
        peer = parse_address(address)
        return peer is not None and any(peer in network for network in self._trusted)


def _first(call: Call, header: bytes) -> str:
    """The first value of a header: proxies add theirs behind it."""
    return call.headers.get(header, b"").decode("latin-1").split(",")[0].strip()


def _port(text: str, scheme: str, host: str) -> str:
    """The port to add to a host, where a proxy names one that neither host nor scheme implies."""
    implied = {"http": "80", "https": "443"}[scheme]
    has_port = host.rpartition("]")[2].count(":") > 0
    return "" if has_port or text in {"", implied} else f":{text}"


def _scheme(text: str) -> str | None:
    return text.lower() if text.lower() in {"http", "https"} else None


def _own_host(call: Call) -> str:
    host, port = call.scope["server"]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
