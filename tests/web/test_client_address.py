"""Whose attempts are counted: behind trusted proxies, those of who stands before them."""

from typing import Any

import pytest

from smsledger.settings import Settings
from smsledger.web.call import Call, Origin


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "unknown"),
        ("::ffff:10.0.0.1", "198.51.100.1:50712, [::ffff:10.0.0.2]:443", "198.51.100.1:50712"),
    ],
)
def test_the_client_is_the_last_that_no_trusted_proxy_is(
    peer: str, forwarded: str, client: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    no_body: Any = None  # it is not asked for
    call = Call({"client": (peer, 1), "headers": headers}, no_body)
    assert Origin(Settings(trusted_proxies="10.0.0.0/8")).client_of(call) == client
