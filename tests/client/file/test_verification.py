"""`smsledger export --verify FILE`, of files that an export wrote and somebody touched."""

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from smsledger.cli.export import export as command
from smsledger.client.file import manifest
from tests.client.conftest import Export
from tests.client.original import make_message
from tests.client.ours import Ours

OUTPUTS = ("out.ndjson", "out.csv", "out.parquet")


@pytest.fixture(params=OUTPUTS)
def file(request: pytest.FixtureRequest, ours: Ours, export: Export, tmp_path: Path) -> Path:
    """An exported file of each form that is counted anew."""
    ours.messages = [make_message(serial, body=f"Grüße 👋 {serial}") for serial in range(30)]
    assert export(url=ours.url, output=request.param).exit_code == 0
    return tmp_path / str(request.param)


Verify = Callable[[Path], Result]


@pytest.fixture
def verify() -> Verify:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)
    return lambda file: CliRunner().invoke(app, ["--verify", str(file)])


def test_a_file_as_it_was_written_is_proved(file: Path, verify: Verify) -> None:
    result = verify(file)
    assert result.exit_code == 0
    assert result.output == f"{file} matches its manifest\n"


def test_a_changed_byte_is_another_digest(file: Path, verify: Verify) -> None:
    data = bytearray(file.read_bytes())
    data[data.index(b"1555666")] ^= 1
    file.write_bytes(data)
    result = verify(file)
    assert result.exit_code == 1
    assert f"{file}: sha256: " in result.output
    assert "bytes: " not in result.output


def test_a_cut_file_is_shorter_and_its_messages_are_missed(file: Path, verify: Verify) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    result = verify(file)
    assert result.exit_code == 1
    assert f"bytes: {len(data) // 2}, the manifest says {len(data)}" in result.output
    assert "messages: " in result.output


def test_one_more_line_is_one_more_message(file: Path, verify: Verify) -> None:
    last = file.read_bytes().splitlines(keepends=True)[-1]
    with file.open("ab") as end:
        end.write(last)
    result = verify(file)
    assert result.exit_code == 1
    counted = "cannot be counted" if file.suffix == ".parquet" else "31, the manifest says 30"
    assert f"messages: {counted}" in result.output
    assert "bytes: " in result.output


def test_without_a_manifest_nothing_is_proved(file: Path, verify: Verify) -> None:
    manifest.path_of(file).unlink()
    result = verify(file)
    assert result.exit_code == 1
    assert f"there is no manifest {file.name}.manifest.json" in result.output


def test_the_manifest_of_another_file_proves_nothing(
    file: Path, verify: Verify, ours: Ours, export: Export
) -> None:
    ours.messages = ours.messages[:7]
    other = export(url=ours.url, output=f"other{file.suffix}").file
    manifest.path_of(other).replace(manifest.path_of(file))
    result = verify(file)
    assert result.exit_code == 1
    assert "messages: 30, the manifest says 7" in result.output
    assert "sha256: " in result.output


@pytest.mark.parametrize("said", [b"", b"{}", b'{"version": 2}', b"\xff"])
def test_a_manifest_that_cannot_be_read_is_told(file: Path, verify: Verify, said: bytes) -> None:
    manifest.path_of(file).write_bytes(said)
    result = verify(file)
    assert result.exit_code == 1
    assert "the manifest cannot be read" in result.output


def test_a_manifest_without_its_file_is_told(file: Path, verify: Verify) -> None:
    file.unlink()
    result = verify(file)
    assert result.exit_code == 1
    assert "there is no such file, only its manifest" in result.output
