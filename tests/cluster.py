"""A PostgreSQL cluster of the tests' own: a folder, a free port, nobody else's."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.postgres_programs import SERVER_USER, default_version, program

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
}
# For tests that kill no machine: a database is cloned for each of them.
_HASTE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "128MB",  # it may be kept in memory
}
# Making and removing the files of a database for each test takes most of the system's time on a
# disk, and next to none in memory.
_MEMORY = Path("/dev/shm")  # noqa: S108 (mkdtemp makes a folder in it)
_ENOUGH_MEMORY = 2 << 30  # bytes; a cluster of this kind needs some hundred MiB


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*command: str, user: str = SERVER_USER) -> str:
    """What a command prints that the server's user runs, or ours if `user` is empty."""
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=_uid(user) if user else None,
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return ran.stdout


class Cluster:
    """A cluster and its server; `kill` is kill -9 of all of it, `stop` asks."""

    def __init__(self, folder: Path, version: int, **settings: str) -> None:
        self.folder = folder
        self.version = version
        self.port = free_port()
        self._settings = {**_SETTINGS, **settings}
        self.process: subprocess.Popen[bytes] | None = None

    def program(self, name: str) -> str:
        """Return the path of one of PostgreSQL's programs, of this cluster's version."""
        return program(name, self.version)

    def initialize(self) -> None:
        """Make the folder's contents: a superuser `postgres` whom everybody here can be."""
        run(
            self.program("initdb"),
            f"--pgdata={self.folder}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )

    def start(self) -> None:
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program("postgres"), "-D", str(self.folder), "-p", str(self.port), *options],
                stdout=log,
                stderr=log,
                cwd="/",
                user=_uid(SERVER_USER),
                start_new_session=True,
            )
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        ready = [self.program("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        while subprocess.run(ready, check=False).returncode != 0:
            assert time.monotonic() < end, (self.folder / "server.log").read_text()[-4000:]
            time.sleep(0.03)

    def stop(self, mode: str = "fast") -> None:
        """`fast` ends the sessions, `immediate` is what a crash looks like to them."""
        if self.process is not None:
            run(self.program("pg_ctl"), "stop", f"--pgdata={self.folder}", f"--mode={mode}")
            self.process.wait()
            self.process = None

    def kill(self) -> None:
        """Kill -9 the server with all its processes."""
        if self.process is None:
            return
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pids = [self.process.pid, *map(int, children.read_text().split())]
        for pid in pids:
            with suppress(ProcessLookupError):  # it ends with the first of them
                os.kill(pid, 9)
        self.process.wait()
        self.process = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, sql: str, database: str = "postgres") -> str:
        """Run SQL through psql; values of a row are separated by `|`."""
        place = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database)
        return run(
            self.program("psql"), "-X", "-At", "-v", "ON_ERROR_STOP=1", *place, "-c", sql
        ).strip()

    def restore(self, backup: Path, url: str, *options: str) -> None:
        """Restore an archive of pg_dump into one of the cluster's databases."""
        command = (self.program("pg_restore"), "--exit-on-error", *options, f"--dbname={url}")
        run(*command, str(backup), user="")


@contextmanager
def new_cluster(
    *, version: int | None = None, hasty: bool = False, **settings: str
) -> Iterator[Cluster]:
    """A running cluster in a new folder; it and the folder go at the end.

    Args:
        version: the major version of PostgreSQL; None for the one that the tests run on.
        hasty: whether it may lose everything when the machine stops.
        settings: PostgreSQL's own.
    """
    version = version or default_version()
    program("initdb", version)
    place = _place_of_haste() if hasty else None
    folder = Path(tempfile.mkdtemp(prefix="smsledger-postgres-", dir=place))
    shutil.chown(folder, SERVER_USER)
    cluster = Cluster(folder, version, **(_HASTE if hasty else {}), **settings)
    try:
        cluster.initialize()
        cluster.start()
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder)


def _place_of_haste() -> Path | None:
    """Return the system's folder in memory, or None where it is missing or small, as in Docker."""
    if (
        not os.access(_MEMORY, os.W_OK | os.X_OK)
        or shutil.disk_usage(_MEMORY).free < _ENOUGH_MEMORY
    ):
        return None
    return _MEMORY


def _uid(user: str) -> str | None:
    """The user as `subprocess` wants it: only root can become another."""
    return user if os.getuid() == 0 else None
