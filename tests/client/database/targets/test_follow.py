"""Following under fire."""

import random
import signal
import time
from typing import Any

import pytest

from smsledger.ledger.model import DeliveryStatus
from smsledger.store.store import Store
from tests.client.database.targets.conftest import Export, Target, eventually, ledger_rows
from tests.making import PROGRAM, make_row
from tests.server import Server


def ids_of(target: Target) -> set[Any]:
    try:
        return {row[0] for row in target.rows()}
    except Exception:  # noqa: BLE001 (locked by the follower, or not made yet)
        return set()


@pytest.mark.parametrize(("command", "options"), [("follow", ()), ("export", ("--follow",))])
def test_it_follows_until_it_is_told_to_end(
    server: Server, target: Target, export: Export, command: str, options: tuple[str, ...]
) -> None:
    follower = export.start(*options, command=command)
    server.post([make_row(id="first")]).raise_for_status()
    eventually(lambda: "first" in ids_of(target))
    server.kill()
    server.start()
    server.post([make_row(id="second")]).raise_for_status()
    eventually(lambda: "second" in ids_of(target))
    follower.send_signal(signal.SIGTERM)
    printed = follower.communicate(timeout=20)[0]
    assert follower.returncode == 0
    assert printed.endswith("stopped in messages\n")


def test_a_second_follower_takes_over_when_the_first_one_dies(
    server: Server, target: Target, export: Export
) -> None:
    first = export.follow()
    server.post([make_row(id="one")]).raise_for_status()
    eventually(lambda: "one" in ids_of(target))
    export.follow()
    first.kill()
    server.post([make_row(id="two")]).raise_for_status()
    eventually(lambda: "two" in ids_of(target))


@pytest.mark.parametrize("seed", [1, 2])
async def test_kills_neither_lose_nor_double(
    server: Server, target: Target, export: Export, store: Store, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (a test that can be repeated)
    for turn in range(6):
        follower = export.follow()
        end = time.monotonic() + 1.0 + chance.random() * 1.5
        while time.monotonic() < end:
            rows = [make_row(id=f"{turn}-{chance.random()}", type="MT") for _ in range(200)]
            server.post(rows).raise_for_status()
            said = [{"id": row["id"], "deliveryStatus": DeliveryStatus.DELIVERED} for row in rows]
            server.post(said[::2], to="/receipts").raise_for_status()
            await store.erase(PROGRAM, [row["id"] for row in rows[:3]])
        follower.kill()
        follower.wait()
    export()
    assert target.rows() == ledger_rows(server)
