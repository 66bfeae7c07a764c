"""Messages as Arrow: record batches, a table, a pandas frame. pyarrow and pandas are an extra."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from smsledger.client.errors import MissingPackage
from smsledger.client.http.batches import Batch
from smsledger.client.python.feed import Changes
from smsledger.client.python.message import read
from smsledger.ledger.fields import FIELDS

_HOW = "pip install 'smsledger[dataframe]'"
_KINDS = {field.column: field.kind for field in FIELDS}


def columns(include: str) -> tuple[str, ...]:
    """The columns, named as the fields of Message: the six, and the included ones."""
    asked = include.split(",")
    return tuple(each.column for each in FIELDS if each.standard or each.name in asked)


def change_columns(include: str) -> tuple[str, ...]:
    """The columns of changes: those of messages, with `id` in any case, `change` and `erased`."""
    return (*columns(f"id,{include}"), "change", "erased")


def record_batches(batches: Iterable[Batch], names: tuple[str, ...]) -> Iterator[Any]:
    """A pyarrow.RecordBatch for each batch; dates are UTC to the microsecond.

    Raises:
        MissingPackage: pyarrow is not installed.
        NotAPage: a line is no message.
    """
    schema = schema_of(names)
    for batch in batches:
        yield _record_batch(list(read(batch.lines)), schema)


def _record_batch(rows: Sequence[Any], schema: Any) -> Any:
    """A row's attributes under their names; null where it has none."""
    arrow = _pyarrow()
    columns = ((field.type, [getattr(row, field.name, None) for row in rows]) for field in schema)
    return arrow.RecordBatch.from_arrays([arrow.array(c, t) for t, c in columns], schema=schema)


def schema_of(names: tuple[str, ...]) -> Any:
    """The columns' pyarrow.Schema."""
    arrow = _pyarrow()
    kinds = {
        "text": arrow.string(),
        "count": arrow.int32(),
        "moment": arrow.timestamp("us", "UTC"),
    }
    types = {name: kinds[kind] for name, kind in _KINDS.items()}
    types |= {"change": arrow.int64(), "erased": arrow.bool_()}
    return arrow.schema([(name, types[name]) for name in names])


def table(batches: Iterable[Batch], names: tuple[str, ...]) -> Any:
    """All of them as one pyarrow.Table."""
    return _pyarrow().Table.from_batches(record_batches(batches, names), schema_of(names))


def frame(batches: Iterable[Batch], names: tuple[str, ...]) -> Any:
    """All of them as one pandas.DataFrame.

    Raises:
        MissingPackage: pandas or pyarrow is not installed.
    """
    _require_pandas()
    return table(batches, names).to_pandas()


def changes_table(batches: Iterable[Changes], names: tuple[str, ...]) -> tuple[Any, str]:
    """Changes as one pyarrow.Table, each message once, and the last one's token.

    Raises:
        MissingPackage: pyarrow is not installed.
    """
    schema, token, parts = schema_of(names), "", []
    for batch in batches:
        token = batch.token
        parts.append(_record_batch(batch.changes, schema))
    return _latest(_pyarrow().Table.from_batches(parts, schema)), token


def changes_frame(batches: Iterable[Changes], names: tuple[str, ...]) -> tuple[Any, str]:
    """The same as one pandas.DataFrame, and the token."""
    _require_pandas()
    found, token = changes_table(batches, names)
    return found.to_pandas(), token


def _latest(changes: Any) -> Any:
    """Each message's last row. Databases refuse to put two of one key in one statement."""
    last = {name: row for row, name in enumerate(changes["id"].to_pylist())}
    return changes if len(last) == changes.num_rows else changes.take(sorted(last.values()))


def _require_pandas() -> None:
    try:
        import pandas as _  # noqa: F401, ICN001, PLC0415 (an extra, and slow to import)
    except ImportError as error:
        raise MissingPackage(f"pandas is not installed: {_HOW}") from error


def _pyarrow() -> Any:
    try:
        import pyarrow  # noqa: ICN001, PLC0415 (an extra)
    except ImportError as error:
        raise MissingPackage(f"pyarrow is not installed: {_HOW}") from error
    return pyarrow
