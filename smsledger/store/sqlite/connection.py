"""A connection to the ledger's file, and its errors in our words."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from urllib.parse import unquote

import apsw

from smsledger.errors import StoreDamaged, Unavailable
from smsledger.store.damage import Damage
from smsledger.store.engine import Condition

MIB = 1024 * 1024
SCHEME = "sqlite:///"
BUSY_TIMEOUT = 10_000  # milliseconds; much longer than any commit of ours, import included
_MMAP = 4096 * MIB
_CACHE = 64 * MIB
_LOG = 64 * MIB  # what the write-ahead log keeps of a size that it once had

_UNAVAILABLE = (
    apsw.BusyError,
    apsw.LockedError,
    apsw.CantOpenError,
    apsw.FullError,
    apsw.IOError,
    apsw.ReadOnlyError,
)
_DAMAGED = (apsw.NotADBError, apsw.CorruptError)
_BAD_CONTENT = (apsw.SQLITE_IOERR_CORRUPTFS, apsw.SQLITE_IOERR_DATA)  # said by the file system


def path_of(url: str) -> Path:
    """The file of a URL `sqlite:///FILE`; a fourth slash makes it absolute."""
    return Path(unquote(url.removeprefix(SCHEME)))


def is_exposed(file: Path) -> bool:
    """Whether users other than the owner can read or write the file, by its permissions.

    They need those of the file, and have to be let through every directory above it.
    """
    mode = file.stat().st_mode
    above = [directory.stat().st_mode for directory in file.resolve().parents]
    return any(
        mode & may_use and all(directory & may_enter for directory in above)
        for may_use, may_enter in ((0o006, 0o001), (0o060, 0o010))
    )


def connect(file: Path) -> apsw.Connection:
    """A connection to an existing file.

    A commit returns when the write-ahead log is on the disk (synchronous=FULL): acknowledged
    means durable. Reads come from mapped memory and never wait for the writer.

    Raises:
        Unavailable: there is no such file, or it cannot be opened.
        StoreDamaged: the file is damaged, or is not a database.
    """
    with translated():
        connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(BUSY_TIMEOUT)
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.pragma("secure_delete", True)
        connection.pragma("foreign_keys", True)
        connection.pragma("journal_size_limit", _LOG)
        connection.pragma("mmap_size", _MMAP)
        connection.pragma("cache_size", -_CACHE // 1024)
        # Without it SQLite parses and plans a statement anew whenever a value of its LIMIT is
        # bound: that took longer than to read a page of 50.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    return connection


async def revision(url: str) -> str | None:
    """The schema revision of the file at a URL; None where there is no ledger in it.

    Read here and not by alembic: that has an SQLite library of its own, and when two of them
    are in a process, closing a file in one lets go of the other's locks on it.
    """
    file = path_of(url)
    if not file.exists():
        return None
    with translated(), closing(connect(file)) as connection:
        if not connection.table_exists(None, "alembic_version"):
            return None
        found: str = connection.execute("SELECT version_num FROM alembic_version").get
    return found


async def condition(url: str) -> Condition:
    """What the ledger at a URL, which is migrated, says of itself."""
    with translated(), closing(connect(path_of(url))) as connection:
        [row] = connection.execute("SELECT compatible_since, copy_of, backup_at FROM ledger")
    return Condition(*row)


class _Translated:
    """No generator as `contextmanager` makes one: every short read passes here, several a page."""

    def __init__(self, damage: Damage | None = None) -> None:
        self._damage = damage

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        if isinstance(error, StoreDamaged):
            self._note(error.__cause__)
        elif isinstance(error, _DAMAGED) or getattr(error, "extendedresult", 0) in _BAD_CONTENT:
            self._note(error)
            raise StoreDamaged(str(error)) from error
        elif isinstance(error, _UNAVAILABLE):
            raise Unavailable.store() from error

    def _note(self, error: BaseException | None) -> None:
        if self._damage is not None and error is not None:
            self._damage.note(error)


_TRANSLATED = _Translated()


def translated(damage: Damage | None = None) -> AbstractContextManager[None]:
    """Raise `Unavailable` for what the disk or another process is the cause of.

    A damaged file is another matter: it raises `StoreDamaged`, and is noted where `damage` is
    given. What is returned can be used any number of times.
    """
    return _TRANSLATED if damage is None else _Translated(damage)


def marker_of(file: Path) -> Path:
    """Return the path of the marker of a damaged ledger, next to its file."""
    return file.with_name(f"{file.name}-damaged")


@contextmanager
def immediate(connection: apsw.Connection) -> Iterator[None]:
    """A transaction that holds the write lock from its beginning."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
