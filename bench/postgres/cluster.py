"""A PostgreSQL cluster of the bench's own: a folder, a free port, and durable as in production."""

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.server import free_port

# What acknowledged means is not for sale. The rest is a small machine's: its memory, and so much
# room for the log that no checkpoint falls into one measurement and not into the next.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
}
# The server refuses to run as root; Debian's package makes this user.
_ROOT = os.getuid() == 0
_USER = "postgres" if _ROOT else getpass.getuser()
_DEBIAN = Path("/usr/lib/postgresql")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of the one database of a new cluster, in a new folder, until the end of the block.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    port = free_port()
    _make(folder, port)
    _run("pg_ctl", "start", "--wait", f"--pgdata={folder}", f"--log={folder / 'server.log'}")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        _run("pg_ctl", "stop", "--wait", f"--pgdata={folder}", "--mode=fast", "--timeout=300")


def _make(folder: Path, port: int) -> None:
    folder.mkdir(mode=0o700)
    if _ROOT:
        shutil.chown(folder, _USER)
    text = ("--encoding=UTF8", "--locale=C.UTF-8")
    _run("initdb", f"--pgdata={folder}", "--username=postgres", "--auth=trust", *text)
    place = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": ""}
    lines = [f"{name} = '{value}'\n" for name, value in {**SETTINGS, **place}.items()]
    with (folder / "postgresql.conf").open("a") as settings:
        settings.writelines(lines)


def _run(program: str, *arguments: str) -> None:
    user = _USER if _ROOT else None
    subprocess.run(
        [_path(program), *arguments],
        check=True,
        cwd="/",
        user=user,
        group=user,
        extra_groups=() if user else None,
        stdout=subprocess.DEVNULL,  # no pipe: the server that pg_ctl starts would hold it open
    )


def _path(program: str) -> str:
    found = shutil.which(program)
    for folder in sorted(_DEBIAN.glob("*/bin"), key=lambda each: -int(each.parent.name)):
        found = found or shutil.which(program, path=str(folder))
    if found is None:
        raise FileNotFoundError(f"PostgreSQL's {program} is not installed")
    return found
