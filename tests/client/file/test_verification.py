"""`smsledger export --verify FILE`, of files that an export wrote and somebody touched."""

import pytest
import typer
from typer.testing import CliRunner

from smsledger.cli.export import export as command
from smsledger.client.file import manifest
from tests.client.original import make_message

OUTPUTS = ("out.ndjson", "out.csv", "out.parquet")


@pytest.fixture(params=OUTPUTS)
def file(request, ours, export, tmp_path):
    """An exported file of each form that is counted anew."""
    ours.messages = [make_message(serial, body=f"Grüße 👋 {serial}") for serial in range(30)]
    assert export(url=ours.url, output=request.param).exit_code == 0
    return tmp_path / request.param


@pytest.fixture
def verify():
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)
    return lambda file: CliRunner().invoke(app, ["--verify", str(file)])


def test_a_file_as_it_was_written_is_proved(file, verify):
    result = verify(file)
    assert result.exit_code == 0
    assert result.output == f"{file} matches its manifest\n"


def test_a_changed_byte_is_another_digest(file, verify):
    data = bytearray(file.read_bytes())
    data[data.index(b"1555666")] ^= 1
    file.write_bytes(data)
    result = verify(file)
    assert result.exit_code == 1
    assert f"{file}: sha256: " in result.output
    assert "bytes: " not in result.output


def test_a_cut_file_is_shorter_and_its_messages_are_missed(file, verify):
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    result = verify(file)
    assert result.exit_code == 1
    assert f"bytes: {len(data) // 2}, the manifest says {len(data)}" in result.output
    assert "messages: " in result.output


def test_one_more_line_is_one_more_message(file, verify):
    last = file.read_bytes().splitlines(keepends=True)[-1]
    with file.open("ab") as end:
        end.write(last)
    result = verify(file)
    assert result.exit_code == 1
    counted = "cannot be counted" if file.suffix == ".parquet" else "31, the manifest says 30"
    assert f"messages: {counted}" in result.output
    assert "bytes: " in result.output


def test_without_a_manifest_nothing_is_proved(file, verify):
    manifest.path_of(file).unlink()
    result = verify(file)
    assert result.exit_code == 1
    assert f"there is no manifest {file.name}.manifest.json" in result.output


def test_the_manifest_of_another_file_proves_nothing(file, verify, ours, export):
    ours.messages = ours.messages[:7]
    other = export(url=ours.url, output=f"other{file.suffix}").file
    manifest.path_of(other).replace(manifest.path_of(file))
    result = verify(file)
    assert result.exit_code == 1
    assert "messages: 30, the manifest says 7" in result.output
    assert "sha256: " in result.output


@pytest.mark.parametrize("said", [b"", b"{}", b'{"version": 2}', b"\xff"])
def test_a_manifest_that_cannot_be_read_is_told(file, verify, said):
    manifest.path_of(file).write_bytes(said)
    result = verify(file)
    assert result.exit_code == 1
    assert "the manifest cannot be read" in result.output


def test_a_manifest_without_its_file_is_told(file, verify):
    file.unlink()
    result = verify(file)
    assert result.exit_code == 1
    assert "there is no such file, only its manifest" in result.output
