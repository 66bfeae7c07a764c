"""A DuckDB file. DuckDB locks it: one process writes, and no other then even reads."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from smsledger.client.database.targets.layout import STAGED, STAGED_COLUMNS, Row, create_staged
from smsledger.client.errors import MissingPackage, TargetBusy, TargetFailed, TargetUnusable

try:
    import duckdb
    import pyarrow as pa
except ImportError as error:
    raise MissingPackage("a DuckDB target needs: pip install 'smsledger[duckdb]'") from error

# Dates come as text: DuckDB reads them faster than Python would.
_ARROW = {"bigint": pa.int64(), "integer": pa.int32(), "boolean": pa.bool_()}
_SCHEMA = pa.schema(
    [(name, _ARROW.get(kind, pa.string())) for name, kind in STAGED_COLUMNS.items()]
)
_ANEW = "nothing of this step was written: make room, and run the same again"
_PASSING = (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException)


class DuckDb:
    """A Database."""

    def __init__(self, file: str) -> None:
        self.name = file
        self._file = file
        self._session: duckdb.DuckDBPyConnection | None = None

    @property
    def is_open(self) -> bool:
        return self._session is not None

    def open(self) -> None:
        try:
            self._session = duckdb.connect(self._file)
        except duckdb.IOException as error:
            if "Could not set lock" in str(error):
                raise TargetBusy(
                    f"{self._file} is open in another process, and DuckDB lets no two in"
                    f" while one of them writes: {_first_line(error)}"
                ) from error
            raise TargetFailed(f"{self._file} cannot be opened: {error}") from error
        except duckdb.Error as error:
            raise TargetUnusable(f"{self._file} cannot be opened: {error}") from error
        self.execute(create_staged())

    def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            with suppress(duckdb.Error):  # it checkpoints, and may have no room to
                session.close()

    release = close

    def exclude(self, what: str) -> None:
        """The file's own lock does it."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("BEGIN")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.Error, TargetFailed, TargetUnusable):
                self.execute("ROLLBACK")
            raise

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._translated() as session:
            rows: list[tuple[Any, ...]] = session.execute(sql, list(parameters)).fetchall()
            return rows

    def stage(self, rows: Sequence[Row]) -> None:
        columns = zip(*rows, strict=True)
        arrays = [pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)]
        with self._translated() as session:
            session.register("smsledger_page", pa.Table.from_arrays(arrays, schema=_SCHEMA))
            session.execute(f"INSERT INTO {STAGED} SELECT * FROM smsledger_page")
            session.unregister("smsledger_page")

    def clear(self) -> None:
        self.execute(f"DELETE FROM {STAGED}")

    @contextmanager
    def _translated(self) -> Iterator[Any]:
        if self._session is None:
            raise TargetFailed(f"{self._file} is not open")
        try:
            yield self._session
        except _PASSING as error:
            raise TargetFailed(f"{self._file}: {_first_line(error)}") from error
        except duckdb.Error as error:
            # A commit that found no room is a TransactionException with the reason in its text.
            if "Failed to commit" in str(error):
                raise TargetFailed(f"{self._file}: {_first_line(error)}; {_ANEW}") from error
            raise TargetUnusable(f"{self._file}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
