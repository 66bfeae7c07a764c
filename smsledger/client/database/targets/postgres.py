"""A PostgreSQL database, through psycopg."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from smsledger.client.database.targets.layout import STAGED, STAGED_COLUMNS, Row, create_staged
from smsledger.client.errors import MissingPackage, TargetBusy, TargetFailed, TargetUnusable

try:
    import psycopg
    from psycopg import conninfo
except ImportError as error:
    raise MissingPackage(
        "a PostgreSQL target needs: pip install 'smsledger[postgresql]'"
    ) from error

_COPY = f"COPY {STAGED} ({', '.join(STAGED_COLUMNS)}) FROM STDIN"
# A silent host is noticed within a minute.
_PATIENCE: dict[str, Any] = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
# Besides what psycopg calls operational: the server became a standby.
_PASSING = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)


_NO_URL = "not a URL of PostgreSQL; what is special in a user name or password has to be %-encoded"


class Postgres:
    """A Database."""

    def __init__(self, url: str) -> None:
        try:
            given = conninfo.conninfo_to_dict(url)
            _refuse_ambiguous(url)
        except psycopg.ProgrammingError:
            raise ValueError(_NO_URL) from None  # its own words quote the password
        self._place = conninfo.make_conninfo(**(_PATIENCE | given))
        self.name = f"{given.get('host', 'localhost')}/{given.get('dbname', '')}"
        self._session: psycopg.Connection[tuple[Any, ...]] | None = None

    @property
    def is_open(self) -> bool:
        return self._session is not None

    def open(self) -> None:
        try:
            self._session = psycopg.connect(
                self._place, autocommit=True, cursor_factory=psycopg.RawCursor
            )
        except psycopg.Error as error:
            raise TargetFailed(f"{self.name}: {_first_line(error)}") from error
        # Unnamed statements: behind a pooler it must be one that lends whole sessions.
        self._session.prepare_threshold = None
        self.execute(create_staged())

    def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            with suppress(psycopg.Error):
                session.close()

    def release(self) -> None:
        """Nobody is kept out by a session."""

    def exclude(self, what: str) -> None:
        got = self.execute("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", (what,))
        if got != [(True,)]:
            raise TargetBusy(f"another run is writing the same table in {self.name}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._translated() as session, session.transaction():
            yield

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._translated() as session:
            cursor = session.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def stage(self, rows: Sequence[Row]) -> None:
        with self._translated() as session, session.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)

    def clear(self) -> None:
        self.execute(f"TRUNCATE {STAGED}")

    @contextmanager
    def _translated(self) -> Iterator[Any]:
        if self._session is None:
            raise TargetFailed(f"{self.name} is not open")
        try:
            yield self._session
        except _PASSING as error:
            raise TargetFailed(f"{self.name}: {_first_line(error)}") from error
        except psycopg.Error as error:
            raise TargetUnusable(f"{self.name}: {_first_line(error)}") from error


def _refuse_ambiguous(url: str) -> None:
    """Refuse a password with a bare @ or /: a part of it would be shown as the host's name."""
    place = url.partition("://")[2].partition("?")[0]
    if place.count("@") > 1 or "@" in place.partition("/")[2]:
        raise ValueError(_NO_URL)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
