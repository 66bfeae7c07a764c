"""Whose failures count together."""

import pytest

from smsledger.errors import TooManyAttempts
from smsledger.web.console.throttle import Throttle


@pytest.mark.parametrize(
    ("guesses", "stopped"),
    [
        ("2001:db8:1:2::{:x}", "2001:db8:1:2:ffff::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
async def test_an_ipv6_network_counts_as_one_address(guesses: str, stopped: str) -> None:
    throttle = Throttle(ValueError)
    for guess in range(10):
        with pytest.raises(ValueError, match="wrong"):
            await fail(throttle, guesses.format(guess))
    with pytest.raises(TooManyAttempts):
        await fail(throttle, stopped)
    for neighbour in ("2001:db8:1:3::1", "192.0.2.8", "unknown"):
        with pytest.raises(ValueError, match="wrong"):
            await fail(throttle, neighbour)


async def fail(throttle: Throttle, address: str) -> None:
    async with throttle.attempt(address):
        raise ValueError("wrong")
