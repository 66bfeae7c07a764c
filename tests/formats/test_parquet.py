import io
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet

from smsledger import formats
from smsledger.formats import parquet as made
from smsledger.ledger import fields

from .reading import HOSTILE, encoded, lines, table

INCLUDE = ("id", "shortCode", "segments", "updatedAt", "errorCode", "gateway")
INSTANT = pa.timestamp("us", "UTC")


def test_the_schema_is_the_documented_one() -> None:
    kinds = dict.fromkeys(fields.columns(INCLUDE), pa.string())
    kinds |= {"date": INSTANT, "updatedAt": INSTANT, "segments": pa.int32()}
    assert table(encoded("parquet", include=INCLUDE)).schema.equals(pa.schema(kinds))


def test_dates_are_utc_to_the_microsecond() -> None:
    message = {"updatedAt": "2014-12-05T10:00:01.000002"}
    (row,) = table(encoded("parquet", message, include=("updatedAt",))).to_pylist()
    assert row["date"] == datetime(2014, 12, 5, 10, tzinfo=UTC)
    assert row["updatedAt"] == datetime(2014, 12, 5, 10, 0, 1, 2, tzinfo=UTC)


def test_bodies_come_back_as_they_were() -> None:
    read = table(encoded("parquet", *({"body": body} for body in HOSTILE)))
    assert read["body"].to_pylist() == list(HOSTILE)


def test_null_is_null_and_the_empty_text_is_not() -> None:
    read = table(encoded("parquet", {"network": None}, {"network": ""}, include=("id",)))
    assert read["network"].to_pylist() == [None, ""]
    assert read["id"].to_pylist() == [None, None]


def test_what_arrow_refuses_is_read_all_the_same() -> None:
    messages = ({"body": "cut \ud83d"}, {"number": 5, "date": None}, {"segments": 2})
    read = table(encoded("parquet", *messages, include=("segments",)))
    assert read["body"].to_pylist() == ["cut \\ud83d", "JOIN", "JOIN"]
    assert read["number"][1].as_py() == "5"
    assert read["segments"].to_pylist() == [None, None, 2]


def test_a_date_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a date"):
        encoded("parquet", {"date": "yesterday"})


def test_a_row_group_ends_at_its_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "GROUP_MESSAGES", 3)
    encoder = formats.open_encoder("parquet", ())
    data = b"".join([encoder.encode(lines({}, {})) for _ in range(3)] + [encoder.finish()])
    assert parquet.ParquetFile(io.BytesIO(data)).num_row_groups == 2
    assert table(data).num_rows == 6


def test_columns_of_few_values_have_dictionaries() -> None:
    group = parquet.ParquetFile(io.BytesIO(encoded("parquet", {}))).metadata.row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    with_dictionary = [c.path_in_schema for c in columns if c.has_dictionary_page]
    assert with_dictionary == ["type", "deliveryStatus", "network"]
