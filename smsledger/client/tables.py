"""Messages as Arrow: record batches, a table, a pandas frame. pyarrow and pandas are an extra."""

from collections.abc import Iterable, Iterator
from typing import Any

from smsledger.client.batches import Batch
from smsledger.client.errors import MissingPackage
from smsledger.client.message import Message, read

_HOW = "pip install 'smsledger[dataframe]'"
_WIRE = dict(zip(Message.__struct_fields__, Message.__struct_encode_fields__, strict=True))
_KINDS = {"date": "moment", "updated_at": "moment", "segments": "count"}


def columns(include: str) -> tuple[str, ...]:
    """The columns, named as the fields of Message: the six, and the included ones."""
    asked = include.split(",")
    six = [name for name, field in _WIRE.items() if field in asked]
    return (*Message.__struct_fields__[:6], *six)


def record_batches(batches: Iterable[Batch], names: tuple[str, ...]) -> Iterator[Any]:
    """A pyarrow.RecordBatch for each batch; dates are UTC to the microsecond.

    Raises:
        MissingPackage: pyarrow is not installed.
        NotAPage: a line is no message.
    """
    arrow, schema = _pyarrow(), schema_of(names)
    for batch in batches:
        messages = list(read(batch.lines))
        cells = [[getattr(each, name) for each in messages] for name in names]
        arrays = [arrow.array(c, field.type) for c, field in zip(cells, schema, strict=True)]
        yield arrow.RecordBatch.from_arrays(arrays, schema=schema)


def schema_of(names: tuple[str, ...]) -> Any:
    """The columns' pyarrow.Schema."""
    arrow = _pyarrow()
    kinds = {"moment": arrow.timestamp("us", "UTC"), "count": arrow.int32()}
    kind_of = {name: kinds[_KINDS[name]] for name in names if name in _KINDS}
    return arrow.schema([(name, kind_of.get(name, arrow.string())) for name in names])


def table(batches: Iterable[Batch], names: tuple[str, ...]) -> Any:
    """All of them as one pyarrow.Table."""
    return _pyarrow().Table.from_batches(record_batches(batches, names), schema_of(names))


def frame(batches: Iterable[Batch], names: tuple[str, ...]) -> Any:
    """All of them as one pandas.DataFrame.

    Raises:
        MissingPackage: pandas or pyarrow is not installed.
    """
    try:
        import pandas as _  # noqa: F401, ICN001, PLC0415 (an extra, and slow to import)
    except ImportError as error:
        raise MissingPackage(f"pandas is not installed: {_HOW}") from error
    return table(batches, names).to_pandas()


def _pyarrow() -> Any:
    try:
        import pyarrow  # noqa: ICN001, PLC0415 (an extra)
    except ImportError as error:
        raise MissingPackage(f"pyarrow is not installed: {_HOW}") from error
    return pyarrow
