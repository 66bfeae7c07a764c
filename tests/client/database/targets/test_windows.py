"""Databases filled from the original API, which has no change feed: window over window."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from smsledger.client.database import windows
from smsledger.ledger import instant
from tests.client.conftest import SECRET, USER
from tests.client.database.targets.conftest import Target, eventually
from tests.client.original import Original, make_message
from tests.server import COMMAND, smsledger

NOW = instant.now()


def ago(hours: int) -> str:
    return instant.render_seconds(NOW - hours * instant.HOUR) + ".00"


@pytest.fixture
def original() -> Iterator[Original]:
    with Original() as server:
        server.messages = [
            make_message(n, date=ago(hours)) for n, hours in enumerate([2000, 200, 60, 2, 1])
        ]
        yield server


class Command:
    """`smsledger export` from the original into the target."""

    def __init__(self, original: Original, target: Target) -> None:
        credential = ("--user", USER, "--program", "121811")
        self._asked = ("export", original.url, *credential, "--output", target.url)
        self.words = [*COMMAND, *self._asked]

    def __call__(self, *options: str, status: int = 0) -> str:
        return smsledger(*self._asked, *options, status=status, SMSLEDGER_SECRET=SECRET)


@pytest.fixture
def command(original: Original, target: Target) -> Command:
    return Command(original, target)


def held(target: Target) -> list[tuple[Any, ...]]:
    return sorted(target.query("SELECT body, delivery_status, network FROM messages"))


def is_filled(target: Target) -> bool:
    try:
        return len(held(target)) == 5
    except Exception:  # noqa: BLE001 (not made yet, or locked)
        return False


def shown(original: Original) -> list[tuple[Any, ...]]:
    return sorted((m["body"], m["deliveryStatus"], m["network"]) for m in original.messages)


def test_the_first_round_has_the_whole_window(
    command: Command, original: Original, target: Target
) -> None:
    assert "5 messages in messages" in command()
    assert held(target) == shown(original)
    ids = {row[0] for row in target.query("SELECT id FROM messages")}
    assert len(ids) == 5


def test_a_round_replaces_what_it_reads_anew_and_leaves_the_rest(
    command: Command, original: Original, target: Target
) -> None:
    command()
    original.messages[2] |= {"deliveryStatus": "Seen", "network": None}
    original.messages.append(make_message(9, date=ago(50)))
    del original.messages[3]
    assert "3 messages in messages" in command()
    assert held(target) == shown(original)


def test_what_changes_before_the_look_back_is_not_seen(
    command: Command, original: Original, target: Target
) -> None:
    command()
    before = held(target)
    original.messages[1] |= {"deliveryStatus": "Seen"}
    command()
    assert held(target) == before
    command("--look-back", "300h")
    assert held(target) == shown(original)


def test_equal_messages_are_counted(command: Command, original: Original, target: Target) -> None:
    original.messages += [dict(original.messages[-1]) for _ in range(2)]
    command()
    command()
    assert held(target) == shown(original)


def test_half_an_emoji_and_a_nul_are_written_as_their_escapes(
    command: Command, original: Original, target: Target
) -> None:
    original.messages[0]["body"] = "cut \ud83d"
    original.messages[1]["body"] = "nul \0"
    command()
    bodies = {body for body, _, _ in held(target)}
    assert {"cut \\ud83d", "nul \\u0000"} <= bodies


def test_it_says_what_it_cannot_know() -> None:
    said = windows._unknown(windows.LOOK_BACK)
    assert "no change feed" in said
    assert "72 hours" in said
    assert "erased" in said


def test_a_round_that_breaks_off_changes_nothing(
    command: Command, original: Original, target: Target
) -> None:
    command()
    before, state = held(target), target.query("SELECT token FROM smsledger_state")
    original.messages[4] |= {"deliveryStatus": "Seen"}
    original.next_page_url = lambda _page: f"{original.url}/elsewhere"
    original.messages += [make_message(20 + n, date=ago(1)) for n in range(600)]
    command("--retries", "0", status=1)
    assert (held(target), target.query("SELECT token FROM smsledger_state")) == (before, state)


def test_it_follows_until_it_is_told_to_end(
    command: Command,
    original: Original,
    target: Target,
    spawn: Callable[..., subprocess.Popen[bytes]],
) -> None:
    follower = spawn(*command.words, "--follow")
    eventually(lambda: is_filled(target))
    follower.send_signal(signal.SIGTERM)
    assert follower.wait(20) == 0


@pytest.mark.parametrize("target", ["duckdb"], indirect=True)
def test_a_reader_of_the_file_is_waited_for(
    command: Command,
    original: Original,
    target: Target,
    spawn: Callable[..., subprocess.Popen[bytes]],
    tmp_path: Path,
) -> None:
    told = tmp_path / "told"
    with closing(duckdb.connect(target.file)), told.open("w") as stderr:
        spawn(*command.words, "--follow", stderr=stderr)
        eventually(lambda: "open in another process" in told.read_text())
    eventually(lambda: is_filled(target))
    assert held(target) == shown(original)
