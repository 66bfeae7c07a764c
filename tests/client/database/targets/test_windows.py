"""Databases filled from the original API, which has no change feed: window over window."""

import signal
from contextlib import closing

import duckdb
import pytest

from smsledger.client.database import windows
from smsledger.ledger import instant
from tests.client.conftest import SECRET, USER
from tests.client.database.targets.conftest import Target, eventually
from tests.client.original import Original, make_message
from tests.server import COMMAND, smsledger

NOW = instant.now()


def ago(hours):
    return instant.render_seconds(NOW - hours * instant.HOUR) + ".00"


@pytest.fixture
def original():
    with Original() as server:
        server.messages = [
            make_message(n, date=ago(hours)) for n, hours in enumerate([2000, 200, 60, 2, 1])
        ]
        yield server


@pytest.fixture
def command(original, target):
    asked = ("export", original.url, "--user", USER, "--program", "121811", "--output", target.url)

    def run(*options, status=0):
        return smsledger(*asked, *options, status=status, SMSLEDGER_SECRET=SECRET)

    run.words = [*COMMAND, *asked]
    return run


def held(target: Target):
    return sorted(target.query("SELECT body, delivery_status, network FROM messages"))


def is_filled(target):
    try:
        return len(held(target)) == 5
    except Exception:  # noqa: BLE001 (not made yet, or locked)
        return False


def shown(original):
    return sorted((m["body"], m["deliveryStatus"], m["network"]) for m in original.messages)


def test_the_first_round_has_the_whole_window(command, original, target):
    assert "5 messages in messages" in command()
    assert held(target) == shown(original)
    ids = {row[0] for row in target.query("SELECT id FROM messages")}
    assert len(ids) == 5


def test_a_round_replaces_what_it_reads_anew_and_leaves_the_rest(command, original, target):
    command()
    original.messages[2] |= {"deliveryStatus": "Seen", "network": None}
    original.messages.append(make_message(9, date=ago(50)))
    del original.messages[3]
    assert "3 messages in messages" in command()
    assert held(target) == shown(original)


def test_what_changes_before_the_look_back_is_not_seen(command, original, target):
    command()
    before = held(target)
    original.messages[1] |= {"deliveryStatus": "Seen"}
    command()
    assert held(target) == before
    command("--look-back", "300h")
    assert held(target) == shown(original)


def test_equal_messages_are_counted(command, original, target):
    original.messages += [dict(original.messages[-1]) for _ in range(2)]
    command()
    command()
    assert held(target) == shown(original)


def test_half_an_emoji_and_a_nul_are_written_as_their_escapes(command, original, target):
    original.messages[0]["body"] = "cut \ud83d"
    original.messages[1]["body"] = "nul \0"
    command()
    bodies = {body for body, _, _ in held(target)}
    assert {"cut \\ud83d", "nul \\u0000"} <= bodies


def test_it_says_what_it_cannot_know():
    said = windows._unknown(windows.LOOK_BACK)
    assert "no change feed" in said
    assert "72 hours" in said
    assert "erased" in said


def test_a_round_that_breaks_off_changes_nothing(command, original, target):
    command()
    before, state = held(target), target.query("SELECT token FROM smsledger_state")
    original.messages[4] |= {"deliveryStatus": "Seen"}
    original.next_page_url = lambda _page: f"{original.url}/elsewhere"
    original.messages += [make_message(20 + n, date=ago(1)) for n in range(600)]
    command("--retries", "0", status=1)
    assert (held(target), target.query("SELECT token FROM smsledger_state")) == (before, state)


def test_it_follows_until_it_is_told_to_end(command, original, target, spawn):
    follower = spawn(*command.words, "--follow")
    eventually(lambda: is_filled(target))
    follower.send_signal(signal.SIGTERM)
    assert follower.wait(20) == 0


@pytest.mark.parametrize("target", ["duckdb"], indirect=True)
def test_a_reader_of_the_file_is_waited_for(command, original, target, spawn, tmp_path):
    told = tmp_path / "told"
    with closing(duckdb.connect(target.file)), told.open("w") as stderr:
        spawn(*command.words, "--follow", stderr=stderr)
        eventually(lambda: "open in another process" in told.read_text())
    eventually(lambda: is_filled(target))
    assert held(target) == shown(original)
