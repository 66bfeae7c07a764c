"""What becomes of a Parquet file or a workbook when it is made of its lines, and that fails."""

import os
import secrets
import signal
from pathlib import Path
from typing import Any

import pytest

from smsledger.client.file import manifest, verification
from tests.client.conftest import Export, Start
from tests.client.original import Original, make_message
from tests.client.ours import Ours

OUTPUTS = ("out.parquet", "out.xlsx")


@pytest.fixture
def long_messages() -> list[dict[str, Any]]:
    """Enough for a file that is longer than a pipe holds, however it is compressed."""
    return [make_message(serial, body=secrets.token_hex(200)) for serial in range(1500)]


def messages_of(file: Path) -> int:
    """How many the manifest counts, of a file that is proved."""
    assert verification.differences(file) == ()
    return manifest.load(file).messages


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_full_disk_leaves_no_file_but_what_was_fetched(
    ours: Ours, export: Export, tmp_path: Path, output: str
) -> None:
    ours.messages = [make_message(serial) for serial in range(30)]
    (tmp_path / f"{output}.part2").symlink_to("/dev/full")
    result = export(url=ours.url, output=output)
    assert result.exit_code == 1
    assert "No space left on device" in result.output
    assert "when there is room, the same command goes on" in result.output
    left = sorted(each.name for each in tmp_path.iterdir())
    assert left == [f"{output}.part", f"{output}.part.json"]


@pytest.mark.parametrize("output", OUTPUTS)
def test_with_room_again_it_is_made_of_what_was_fetched(
    ours: Ours, export: Export, tmp_path: Path, output: str
) -> None:
    ours.messages = [make_message(serial) for serial in range(30)]
    (tmp_path / f"{output}.part2").symlink_to("/dev/full")
    export(url=ours.url, output=output)
    result = export(url=ours.url, output=output)
    assert "going on after 28 messages" in result.output
    assert ours.resumed == [0, 28]
    assert messages_of(result.file) == 30
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("output", OUTPUTS)
def test_an_earlier_file_outlives_a_full_disk(
    ours: Ours, export: Export, tmp_path: Path, output: str
) -> None:
    ours.messages = [make_message(serial) for serial in range(30)]
    earlier = export(url=ours.url, output=output).file.read_bytes()
    (tmp_path / f"{output}.part2").symlink_to("/dev/full")
    result = export(url=ours.url, output=output)
    assert result.exit_code == 1
    assert result.file.read_bytes() == earlier
    assert messages_of(result.file) == 30


@pytest.mark.parametrize("output", OUTPUTS)
def test_killed_in_the_middle_the_same_command_ends_in_a_right_file(
    original: Original,
    start: Start,
    long_messages: list[dict[str, Any]],
    tmp_path: Path,
    output: str,
) -> None:
    original.messages = long_messages
    file, half = tmp_path / output, tmp_path / f"{output}.part2"
    os.mkfifo(half)  # it stops the process in the middle of what it writes, until it is read
    process = start(file)
    with half.open("rb") as written:
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        half.unlink()
        half.write_bytes(written.read())
    assert not file.exists()
    start(file).communicate()
    assert messages_of(file) == 1500
    assert not half.exists()
