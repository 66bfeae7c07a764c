import gc
import json
import sys
import tracemalloc

import pytest

from smsledger import formats
from smsledger.formats import parquet

from .reading import MESSAGE, encoded, lines

NAMES = [known.name for known in formats.FORMATS]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"", "ndjson"),
        (b"*/*", "ndjson"),
        (b"text/html, application/xhtml+xml, */*;q=0.8", "ndjson"),
        (b"text/csv", "csv"),
        (b"Text/CSV; charset=utf-8", "csv"),
        (b"text/*", "csv"),
        (b"text/csv;q=0.5, application/x-ndjson;q=0.4", "csv"),
        (b"text/csv;q=0.4, application/x-ndjson;q=0.5", "ndjson"),
        (b"text/csv, */*", "csv"),
        (b"application/x-ndjson;q=0, */*", "csv"),
        (b"application/vnd.apache.parquet", "parquet"),
        (b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        (b"text/csv;q=0", "ndjson"),
        (b"text/csv;q=nan", "ndjson"),
        (b"text/csv;q=7", "ndjson"),
        (b",;=\xff", "ndjson"),
    ],
)
def test_accept_says_the_format(header: bytes, name: str) -> None:
    assert formats.by_accept(header).name == name


def test_a_name_that_is_none_names_those_that_are() -> None:
    known = "ndjson, csv, csv-excel, parquet, xlsx"
    with pytest.raises(ValueError, match=f"'pdf' is not one of {known}"):
        formats.by_name("pdf")


def test_ndjson_goes_through_as_it_is() -> None:
    assert encoded("ndjson", {"body": "é"}) == json.dumps({**MESSAGE, "body": "é"}).encode() + b"\n"


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "smsledger.formats.parquet", raising=False)
    with pytest.raises(formats.MissingExtra, match=r"pip install smsledger\[parquet\]"):
        formats.open_encoder("parquet", ())


@pytest.mark.parametrize("name", ["ndjson", "csv", "csv-excel"])
def test_how_the_lines_are_cut_changes_nothing(name: str) -> None:
    messages = [{"body": str(n)} for n in range(20)]
    cut = formats.open_encoder(name, ())
    data = b"".join(cut.encode(lines(message)) for message in messages) + cut.finish()
    assert data == encoded(name, *messages)


@pytest.mark.parametrize("name", NAMES)
def test_an_encoder_that_is_given_up_leaves_in_silence(name: str) -> None:
    encoder = formats.open_encoder(name, ())
    encoder.encode(lines({}))
    del encoder
    gc.collect()


@pytest.mark.parametrize("name", NAMES)
def test_more_messages_take_no_more_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_MESSAGES", 1000)
    batch = lines(*({"body": f"{n} " * 20} for n in range(100)))

    def peak(batches: int) -> int:
        encoder = formats.open_encoder(name, ())
        tracemalloc.start()
        for _ in range(batches):
            encoder.encode(batch)
        encoder.finish()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(200) < 1.2 * peak(50) + 100_000
