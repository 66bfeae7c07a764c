"""Damages a ledger as a failing disk does: bytes of its file are others than were written."""

import asyncio
import os
from contextlib import closing
from pathlib import Path

import apsw

from smsledger.store.url import engine_of
from tests.cluster import Cluster
from tests.databases import execute

TEXT = "This is complete message Body"  # of tests.making
CHANGED = TEXT.replace("complete", "completf")
_CHANGE = f"""UPDATE message SET
    fragment = convert_to(replace(convert_from(fragment, 'UTF8'), '{TEXT}', '{CHANGED}'), 'UTF8')"""
_LEAVES = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path"
_OVERFLOW = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'overflow' ORDER BY path"


def damage(
    url: str, table: str = "message", cluster: Cluster | None = None, *, at: float = 0.5
) -> None:
    """Damage a page of a table or an index, so far from its beginning; a database starts again."""
    if engine_of(url) == "sqlite":
        pages = leaves(url, table)
        zero(url, pages[int(len(pages) * at)])
        return
    assert cluster is not None
    overwrite_block(url, table, cluster, b"\xa5" * 24)  # its header


def change_a_byte(url: str) -> None:
    """Change one byte in the stored text of every message: in the file, or by SQL."""
    if engine_of(url) == "postgres":
        execute(url, _CHANGE)
        return
    path = Path(url.removeprefix("sqlite:///"))
    _empty_wal(path)
    before = path.read_bytes()
    after = before.replace(TEXT.encode(), CHANGED.encode())
    assert after != before
    with path.open("r+b") as file:  # never cut short: a reader that has mapped it would be killed
        file.write(after)


def leaves(url: str, name: str) -> list[int]:
    """The pages of a file that hold the rows of a table or an index, in the order of keys."""
    return _pages(url, name, _LEAVES)


def overflows(url: str, name: str) -> list[int]:
    """The pages of a file that hold what is too long for the others."""
    return _pages(url, name, _OVERFLOW)


def zero(url: str, page: int) -> None:
    """Write zeros over a page of a file; servers may run."""
    overwrite(url, page, 0, None)


def overwrite(url: str, page: int, offset: int, what: bytes | None) -> None:
    """Write bytes into a page of a file, or zeros over all of it; servers may run."""
    path = Path(url.removeprefix("sqlite:///"))
    size = _empty_wal(path)
    with path.open("r+b") as file:
        file.seek((page - 1) * size + offset)
        file.write(bytes(size) if what is None else what)
        os.fsync(file.fileno())


def _empty_wal(path: Path) -> int:
    """Move everything into the file, where no page of the WAL hides the damage; the page size."""
    with closing(apsw.Connection(str(path))) as ledger:
        ledger.set_busy_timeout(10_000)
        [(busy, *_)] = ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        assert not busy
        size: int = ledger.execute("PRAGMA page_size").get
    return size


def _pages(url: str, name: str, sql: str) -> list[int]:
    with closing(apsw.Connection(url.removeprefix("sqlite:///"))) as ledger:
        return [page for (page,) in ledger.execute(sql, (name,))]


def overwrite_block(
    url: str, table: str, cluster: Cluster, what: bytes = bytes(8192), offset: int = 0
) -> None:
    """Overwrite the middle block of a table; the server has to forget what it holds in memory.

    PostgreSQL takes a block of zeros for an empty one, and reports nothing.
    """
    sql = f"SELECT pg_relation_filepath('{table}'), pg_relation_size('{table}') / 8192"
    [(path, blocks)] = execute(url, sql)
    cluster.stop()
    with (cluster.folder / path).open("r+b") as file:
        file.seek(blocks // 2 * 8192 + offset)
        file.write(what)
    cluster.start()


async def damage_beside(url: str, table: str = "message", cluster: Cluster | None = None) -> None:
    """The same from a test that runs an event loop."""
    await asyncio.to_thread(damage, url, table, cluster)
