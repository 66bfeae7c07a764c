import fcntl
import os
import subprocess
import sys
from _io import BufferedRandom
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smsledger.client.errors import OutputBusy
from smsledger.client.file import manifest
from smsledger.client.file.checkpoint import Checkpoint
from smsledger.client.file.partial import PartialFile
from smsledger.client.http.request import ExportRequest
from tests.client.conftest import SECRET
from tests.client.original import make_message
from tests.client.ours import Ours

REQUEST = ExportRequest(base="http://h", program_id=1, user="etl", start="a", end="b")


def make_checkpoint(**what_matters: Any) -> Checkpoint:
    state: dict[str, Any] = {"request": REQUEST, "format": "csv", "next_url": "http://h/2"}
    return Checkpoint(**state | {"streamed": False, "offset": 0, "messages": 0} | what_matters)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.csv"


@pytest.fixture
def part(output: Path) -> Iterator[PartialFile]:
    with PartialFile(output) as part:
        part.begin(b"header\n")
        yield part


def names(output: Path) -> list[str]:
    return sorted(path.name for path in output.parent.iterdir())


def test_two_runs_cannot_write_the_same_output(part: PartialFile, output: Path) -> None:
    with pytest.raises(OutputBusy, match=r"out\.csv\.part"), PartialFile(output):
        pass


def test_the_output_appears_only_when_published(part: PartialFile, output: Path) -> None:
    output.write_bytes(b"old")
    part.append(b"row\n")
    part.keep(make_checkpoint(offset=11, messages=1))
    assert output.read_bytes() == b"old"
    assert part.checkpoint is not None
    part.publish(manifest.of(part.checkpoint))
    assert output.read_bytes() == b"header\nrow\n"
    assert names(output) == ["out.csv", "out.csv.manifest.json"]


def test_what_was_written_after_the_checkpoint_is_cut_off(output: Path) -> None:
    with PartialFile(output) as part:
        part.begin(b"header\n")
        part.keep(make_checkpoint(offset=part.append(b"row\n"), messages=1))
        part.append(b"half a r")
    with PartialFile(output) as part:
        left = part.left()
        assert left is not None
        part.resume(left)
        part.append(b"next\n")
        part.publish(manifest.of(left))
    assert output.read_bytes() == b"header\nrow\nnext\n"


def test_the_latest_checkpoint_is_saved_on_closing(output: Path) -> None:
    latest = make_checkpoint(offset=7, messages=3)
    with PartialFile(output) as part:
        part.begin(b"header\n")
        for checkpoint in (make_checkpoint(), make_checkpoint(messages=2), latest):
            part.keep(checkpoint)
    with PartialFile(output) as part:
        assert part.left() == latest


def test_a_run_without_messages_leaves_nothing(output: Path) -> None:
    with PartialFile(output) as part:
        part.begin(b"header\n")
        part.keep(make_checkpoint(offset=7))
    assert names(output) == []


@pytest.mark.parametrize("spoilt", [b"", b"{}", b'{"version": 1}', b"\xff"])
def test_a_checkpoint_that_cannot_be_read_is_none(
    part: PartialFile, output: Path, spoilt: bytes
) -> None:
    (output.parent / "out.csv.part.json").write_bytes(spoilt)
    assert part.left() is None
    assert not part.is_empty


def test_a_file_shorter_than_its_checkpoint_says_is_not_gone_on_with(part: PartialFile) -> None:
    part.keep(make_checkpoint(offset=1_000_000, messages=9))
    assert part.left() is None


@pytest.mark.parametrize("suffix", ["ndjson", "csv"])
@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "paged"])
def test_killed_at_every_line_an_export_ends_as_if_it_had_not_been(
    ours: Ours, tmp_path: Path, suffix: str, streamed: bool
) -> None:
    """`dying.py` kills an export at each line of what writes its files, and repeats it."""
    ours.messages = [make_message(serial) for serial in range(6)]
    dying = Path(__file__).with_name("dying.py")
    way = "streamed" if streamed else "paged"
    ended = subprocess.run(
        [sys.executable, dying, ours.url, tmp_path, suffix, way],
        cwd=dying.parents[2],
        env={"SMSLEDGER_SECRET": SECRET, "PYTHONPATH": str(dying.parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 50


@pytest.mark.parametrize("left", [(), (".part2", ".part.json.tmp")])
def test_a_discarded_file_leaves_no_side_file(
    part: PartialFile, output: Path, left: tuple[str, ...]
) -> None:
    part.keep(make_checkpoint(offset=7))
    for suffix in left:
        output.with_name(output.name + suffix).touch()
    part.discard()
    assert names(output) == []
    assert part.checkpoint is None


def test_a_path_that_vanishes_between_open_and_lock_is_made_again(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, path = fcntl.flock, output.with_name("out.csv.part")

    def vanish_and_lock(file: BufferedRandom, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        path.unlink()
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", vanish_and_lock)
    with PartialFile(output) as part:
        part.begin(b"header\n")
        assert path.exists()


def test_each_step_of_replacing_a_file_is_on_the_disk_before_the_next(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, done = output.with_name("fresh"), []
    for file in (fresh, manifest.path_of(output)):
        file.touch()
    proved = manifest.prove(manifest.of(make_checkpoint()), fresh)

    def note(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def noted(*given: Any, **further: Any) -> Any:
            done.append(name)
            return real(*given, **further)

        monkeypatch.setattr(owner, name, noted)

    for owner, name in ((os, "fsync"), (Path, "unlink"), (Path, "replace")):
        note(owner, name)
    manifest.replace(fresh, output, proved)
    assert done == ["fsync", "unlink", "fsync", "replace", "fsync", "replace", "fsync"]
