import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smsledger.client.file.partial import PartialFile
from smsledger.ledger import instant
from tests.client.conftest import SECRET, Export, Exported
from tests.client.original import PATH, Original, Reply, make_error, make_message

DOWN = make_error(400, "invalid_parameter", "Not now.")  # 400: fails at once, without pauses

CHRISTMAS = instant.parse("2014-12-24T18:00:00").first


@pytest.fixture(autouse=True)
def messages(original: Original) -> list[dict[str, Any]]:
    original.messages = [make_message(serial) for serial in range(10)]
    return original.messages


StopAfter = Callable[..., Exported]


@pytest.fixture
def stop_after(original: Original, export: Export) -> StopAfter:
    """Runs an export that fails after that many pages of two messages."""

    def stop(pages: int, *options: str, **fixed: Any) -> Exported:
        original.replies.extend([*[None] * pages, DOWN])
        result = export("--page-size", "2", *options, **fixed)
        assert result.exit_code == 1
        original.asked.clear()
        return result

    return stop


def bodies(result: Exported) -> list[str]:
    return [json.loads(line)["body"] for line in result.file.read_text().splitlines()]


def beside(result: Exported) -> list[str]:
    return sorted(path.name for path in result.file.parent.iterdir())


JOINS = [f"JOIN {serial}" for serial in range(10)]


def test_ndjson_has_every_message_as_the_server_gave_it(
    messages: list[dict[str, Any]], export: Export
) -> None:
    messages.append(make_message(99, body="Grüße 👋", deliveryStatus="Seen", tags=["a"]))
    result = export()
    assert result.output == f"11 messages in {result.file}\n"
    lines = [json.loads(line) for line in result.file.read_text().splitlines()]
    assert lines == [message | {"number": str(message["number"])} for message in messages]
    assert beside(result) == ["out.ndjson", "out.ndjson.manifest.json"]


def test_csv_has_every_message_under_a_header(
    messages: list[dict[str, Any]], export: Export
) -> None:
    messages.append(make_message(99, body='a,"b"\r\n👋', network=None))
    with export(output="out.csv").file.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header == ["type", "deliveryStatus", "number", "body", "date", "network"]
    assert [row[3] for row in rows] == [*JOINS, 'a,"b"\r\n👋']
    assert rows[-1][4:] == ["2014-12-05T10:01:39.00", ""]


def test_filters_are_sent_on_every_page(original: Original, export: Export) -> None:
    export("--type", "mo", "--status", "Received", "--number", "+1555", "--page-size", "5",
           "--network", "AT&T, Inc", "--network", "", "--include", "id,segments")  # fmt: skip
    dates = "startDate=2014-12-01T00:00:00&endDate=2014-12-31T23:59:59"
    filters = (
        "messageType=MO&pageSize=5&deliveryStatus=Received&number=%2B1555"
        "&network=AT%26T,%20Inc&network=&include=id,segments"
    )
    first, second = original.asked
    assert first == f"{PATH}?{dates}&{filters}"
    assert second == f"{PATH}?page=2&{dates}&{filters}"


def test_a_path_prefix_is_kept(original: Original, export: Export) -> None:
    original.prefix = "/sms"
    original.next_page_url = lambda page: f"{original.url}/sms{PATH}?page={page}"
    result = export("--page-size", "5", url=f"{original.url}/sms/")
    assert bodies(result) == JOINS


def test_an_export_goes_on_where_it_stopped(
    original: Original, export: Export, stop_after: StopAfter
) -> None:
    stopped = stop_after(3)
    assert "Not now." in stopped.output
    assert not stopped.file.exists()
    result = export("--page-size", "2")
    assert "going on after 6 messages" in result.output
    assert f"10 messages in {result.file}" in result.output
    assert original.pages_asked == [4, 5]
    assert bodies(result) == JOINS


def test_a_csv_goes_on_with_one_header(export: Export, stop_after: StopAfter) -> None:
    stop_after(2, output="out.csv")
    result = export("--page-size", "2", output="out.csv")
    assert result.file.read_bytes().count(b"deliveryStatus") == 1
    assert len(result.file.read_bytes().splitlines()) == 11


def test_dates_that_were_not_given_are_those_of_the_first_run(
    export: Export, stop_after: StopAfter, original: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instant, "now", lambda: CHRISTMAS)
    stop_after(3, dates=False)
    monkeypatch.setattr(instant, "now", lambda: CHRISTMAS + instant.DAY)
    result = export("--page-size", "2", dates=False)
    assert "startDate=2013-12-24T18:00:00&endDate=2014-12-24T18:00:00" in original.asked[0]
    assert original.pages_asked == [4, 5]
    assert bodies(result) == JOINS


@pytest.mark.parametrize(
    "options",
    [
        ("--page-size", "3"),
        ("--page-size", "2", "--type", "MO"),
        ("--page-size", "2", "--to", "2014-12-30"),
        ("--page-size", "2", "--network", ""),
    ],
)
def test_other_arguments_start_anew(
    original: Original, export: Export, stop_after: StopAfter, options: tuple[str, ...]
) -> None:
    stop_after(3)
    result = export(*options)
    assert "starting anew: the last run did not finish, but was asked for" in result.output
    assert original.pages_asked[0] == 1
    assert bodies(result) == JOINS


def test_restart_starts_anew(original: Original, export: Export, stop_after: StopAfter) -> None:
    stop_after(3)
    assert "starting anew: as asked" in export("--page-size", "2", "--restart").output
    assert original.pages_asked == [1, 2, 3, 4, 5]


def test_a_lost_checkpoint_starts_anew(export: Export, stop_after: StopAfter) -> None:
    stop_after(3).file.with_name("out.ndjson.part.json").unlink()
    result = export("--page-size", "2")
    assert "starting anew" in result.output
    assert bodies(result) == JOINS


@pytest.mark.parametrize(
    ("status", "code"), [(400, "walk_expired"), (400, "invalid_cursor"), (409, "ledger_restored")]
)
def test_a_walk_lost_since_the_last_run_starts_anew(
    original: Original, export: Export, stop_after: StopAfter, status: int, code: str
) -> None:
    stop_after(3)
    original.replies.append(make_error(status, code, "Too old."))
    result = export("--page-size", "2")
    assert "Too old." in result.output
    assert "starting anew" in result.output
    assert original.pages_asked == [4, 1, 2, 3, 4, 5]
    assert bodies(result) == JOINS


def test_a_walk_lost_on_the_way_fails_and_leaves_nothing(
    original: Original, export: Export
) -> None:
    original.replies.extend([None, None, make_error(409, "ledger_restored", "Restored.")])
    result = export("--page-size", "2")
    assert result.exit_code == 1
    assert "Restored." in result.output
    assert "begin anew" in result.output
    assert beside(result) == []


def test_a_walk_in_a_circle_fails_and_leaves_nothing(original: Original, export: Export) -> None:
    original.next_page_url = lambda page: f"?page={(page - 1) % 3 + 1}"
    result = export("--page-size", "2")
    assert result.exit_code == 1
    assert "circle" in result.output
    assert beside(result) == []


def test_a_failed_export_leaves_an_earlier_file_alone(
    export: Export, stop_after: StopAfter
) -> None:
    earlier = export().file.read_bytes()
    assert stop_after(3).file.read_bytes() == earlier


def test_a_first_page_that_fails_leaves_nothing(original: Original, export: Export) -> None:
    original.replies.append(make_error(401, "unauthorized", "Who?"))
    result = export()
    assert result.exit_code == 1
    assert "check --user and SMSLEDGER_SECRET" in result.output
    assert beside(result) == []


def test_a_second_run_on_the_same_output_fails(export: Export, tmp_path: Path) -> None:
    with PartialFile(tmp_path / "out.ndjson"):
        result = export()
    assert result.exit_code == 1
    assert "another export is writing" in result.output


def test_a_transient_failure_is_noted_and_survived(original: Original, export: Export) -> None:
    original.replies.extend([None, Reply(status=503)])
    result = export("--page-size", "2")
    assert "503 Service Unavailable; trying again in" in result.output
    assert bodies(result) == JOINS


def test_quiet_says_nothing(original: Original, export: Export) -> None:
    original.replies.append(Reply(status=503))
    assert export("--quiet").output == ""


def test_the_secret_is_in_no_file(stop_after: StopAfter) -> None:
    result = stop_after(3)
    kept = [path.read_bytes() for path in result.file.parent.iterdir()]
    assert len(kept) == 2
    assert not any(SECRET.encode() in content for content in kept)
