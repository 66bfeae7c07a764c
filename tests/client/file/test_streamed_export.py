"""`smsledger export` from a server that has whole exports and breaks off."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from smsledger.client.file import verification
from tests.client.conftest import Export, Exported
from tests.client.original import PATH, Reply, make_error, make_message
from tests.client.ours import TOKEN, Ours, whole_export

NOT_NOW = make_error(400, "invalid_parameter", "Not now.")  # fails at once, without pauses


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses between tries."""
    monkeypatch.setattr("smsledger.client.http.retry._pause", lambda _: 0)


@pytest.fixture(autouse=True)
def messages(ours: Ours) -> list[dict[str, Any]]:
    ours.messages = [make_message(serial, body=f"Grüße 👋 {serial}\n") for serial in range(30)]
    return ours.messages


Run = Callable[..., Exported]


@pytest.fixture
def run(ours: Ours, export: Export) -> Run:
    def run(*options: str, output: str = "out.ndjson") -> Exported:
        return export(*options, output=output, url=ours.url)

    return run


def manifest_of(result: Exported) -> dict[str, Any]:
    path = result.file.with_name(f"{result.file.name}.manifest.json")
    manifest: dict[str, Any] = json.loads(path.read_text())
    return manifest


def numbers(result: Exported) -> list[str]:
    return [json.loads(line)["number"] for line in result.file.read_bytes().splitlines()]


def expected(messages: list[dict[str, Any]]) -> list[str]:
    return [str(message["number"]) for message in messages]


def test_one_request_brings_everything_and_the_token_of_the_changes(
    ours: Ours, run: Run, messages: list[dict[str, Any]]
) -> None:
    result = run("--include", "id")
    assert result.output == f"30 messages in {result.file}\n"
    assert numbers(result) == expected(messages)
    dates = "startDate=2014-12-01T00:00:00&endDate=2014-12-31T23:59:59"
    form = "format=ndjson&manifest=true&checkpoints=true"
    assert ours.asked == [f"{PATH}/export?{dates}&include=id&{form}"]
    assert manifest_of(result)["changes"] == TOKEN


def test_the_manifest_says_what_the_file_is(ours: Ours, run: Run) -> None:
    result = run("--type", "MO", "--include", "id")
    said = manifest_of(result)
    assert said["program"] == 121811
    assert said["server"] == ours.url
    assert said["window"] == {"start": "2014-12-01T00:00:00", "end": "2014-12-31T23:59:59"}
    assert said["filters"] == {"messageType": ["MO"], "include": ["id"]}
    assert (said["messages"], said["complete"]) == (30, True)
    assert verification.differences(result.file) == ()


@pytest.mark.parametrize("compressed", [True, False], ids=["gzip", "identity"])
@pytest.mark.parametrize("nicely", [True, False], ids=["ended", "broken off"])
@pytest.mark.parametrize("output", ["out.ndjson", "out.csv"])
def test_streams_that_break_end_in_the_same_file(
    ours: Ours, run: Run, compressed: bool, nicely: bool, output: str
) -> None:
    undisturbed = run(output=output).file.read_bytes()
    ours.compressed, ours.nicely = compressed, nicely
    # A compressed body is shorter, and a resumed one is: what lies beyond it cuts nothing.
    for _ in range(20):
        ours.cuts = [random.randrange(5000) for _ in range(4)]  # noqa: S311 (no secret)
        cuts = list(ours.cuts)
        result = run(output=output)
        assert result.exit_code == 0, cuts
        assert result.file.read_bytes() == undisturbed, cuts


def test_a_stream_without_its_last_line_is_never_a_file(ours: Ours, run: Run) -> None:
    body = whole_export(ours.messages)
    ours.nicely = True
    ours.cuts = [body.rindex(b'{"meta"')] * 9
    result = run("--retries", "2")
    assert "without its last line; going on after 28 messages" in result.output
    assert numbers(result) == expected(ours.messages)
    assert ours.resumed == [0, 28]


def test_a_break_after_progress_is_no_failed_try(
    ours: Ours, run: Run, messages: list[dict[str, Any]]
) -> None:
    ours.cuts = [1500] * 5
    result = run("--retries", "0")
    assert result.exit_code == 0
    assert len(ours.resumed) > 3
    assert numbers(result) == expected(messages)


def test_a_break_without_progress_is_given_up(ours: Ours, run: Run) -> None:
    ours.cuts = [50] * 9
    result = run("--retries", "2")
    assert result.exit_code == 1
    assert "gave up after 3 tries" in result.output
    assert not result.file.exists()


def test_a_run_goes_on_from_the_last_checkpoint(
    ours: Ours, run: Run, messages: list[dict[str, Any]]
) -> None:
    ours.cuts, ours.replies = [3000], type(ours.replies)([None, NOT_NOW])
    stopped = run("--retries", "0")
    assert stopped.exit_code == 1
    assert not stopped.file.exists()
    result = run("--retries", "0")
    assert "going on after 16 messages" in result.output
    assert ours.resumed == [0, 16]
    assert numbers(result) == expected(messages)


@pytest.mark.parametrize(
    ("status", "code"), [(400, "walk_expired"), (400, "invalid_cursor"), (409, "ledger_restored")]
)
def test_a_walk_lost_since_the_last_run_starts_anew(
    ours: Ours, run: Run, messages: list[dict[str, Any]], status: int, code: str
) -> None:
    ours.cuts, ours.replies = [3000], type(ours.replies)([None, NOT_NOW])
    run("--retries", "0")
    ours.replies.append(make_error(status, code, "Too old."))
    result = run()
    assert "Too old." in result.output
    assert "starting anew" in result.output
    assert ours.resumed == [0, 0]
    assert numbers(result) == expected(messages)


def test_a_walk_lost_on_the_way_fails_and_leaves_nothing(ours: Ours, run: Run) -> None:
    ours.cuts = [3000]
    ours.replies.extend([None, make_error(409, "ledger_restored", "Restored.")])
    result = run()
    assert result.exit_code == 1
    assert "Restored." in result.output
    assert list(result.file.parent.iterdir()) == []


@pytest.mark.parametrize(
    "reply",
    [
        make_error(404, "not_found"),
        make_error(405, "not_found"),
        Reply(status=404, body=b"<h1>Not Found</h1>"),
        Reply(status=400, body=b"no such program: 121811/export"),
        Reply(status=500, body=b"oops"),
        Reply(status=501),
        Reply(body=b"<h1>Welcome</h1>", headers={"Content-Type": "text/html"}),
        Reply(body=b'{"data": null, "meta": {"generalErrors": [{"code": "x", "message": "y"}]}}'),
    ],
    ids=lambda reply: f"{reply.status} {reply.body[:20]}",
)
def test_a_server_without_whole_exports_is_asked_for_pages(
    ours: Ours, run: Run, messages: list[dict[str, Any]], reply: Reply
) -> None:
    ours.replies.append(reply)
    result = run()
    assert result.output == f"30 messages in {result.file}\n"
    assert ours.asked[1].startswith(f"{PATH}?")
    assert numbers(result) == expected(messages)


@pytest.mark.parametrize(
    "reply",
    [
        make_error(404, "program_not_found", "There is no program 121811."),
        make_error(401, "unauthorized"),
        make_error(403, "scope_missing"),
        make_error(400, "invalid_parameter", "startDate is after endDate."),
        Reply(status=401, body=b"Who?"),
    ],
    ids=lambda reply: f"{reply.status} {reply.body[:20]}",
)
def test_a_refusal_of_ours_stops_at_once(ours: Ours, run: Run, reply: Reply) -> None:
    ours.replies.append(reply)
    result = run()
    assert result.exit_code == 1
    assert f"the server answered {reply.status}" in result.output
    assert len(ours.asked) == 1


def test_a_server_that_lost_its_whole_exports_is_asked_for_pages_anew(
    ours: Ours, run: Run, messages: list[dict[str, Any]]
) -> None:
    ours.cuts = [3000]
    ours.replies.extend([None, make_error(404, "not_found")])
    result = run()
    assert "starting anew, with pages" in result.output
    assert numbers(result) == expected(messages)


def test_a_page_size_asks_for_pages(ours: Ours, run: Run, messages: list[dict[str, Any]]) -> None:
    assert numbers(run("--page-size", "7")) == expected(messages)
    assert not any("/export" in url for url in ours.asked)


def test_a_restarting_server_is_tried_again(
    ours: Ours, run: Run, messages: list[dict[str, Any]]
) -> None:
    ours.replies.extend([Reply(status=503), Reply(status=502, body=b"Bad Gateway")])
    assert numbers(run()) == expected(messages)
    assert all("/export" in url for url in ours.asked)
