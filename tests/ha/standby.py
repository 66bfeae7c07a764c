"""A streaming standby of a cluster, as pg_basebackup makes it."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster import Cluster, run
from tests.ha.process import new_folder
from tests.ha.waiting import until


class Standby(Cluster):
    """Follows its primary, and can be told to fall behind, or to be the primary."""

    def pause(self) -> None:
        """Receive what the primary writes, and show none of it."""
        self.execute("SELECT pg_wal_replay_pause()")
        until(lambda: self.execute("SELECT pg_get_wal_replay_pause_state()") == "paused")

    def resume(self) -> None:
        self.execute("SELECT pg_wal_replay_resume()")

    def promote(self) -> None:
        self.execute("SELECT pg_promote()")

    def wait_until_level_with(self, primary: Cluster) -> None:
        """Show all that the primary has done until now.

        The end of a transaction that is undone is written some time later, and its locks hold on
        the standby until then. A commit after it writes it at once.
        """
        primary.execute("SELECT pg_logical_emit_message(true, 'tests', 'level')")
        written = primary.execute("SELECT pg_current_wal_lsn()")
        until(lambda: self.execute(f"SELECT pg_last_wal_replay_lsn() >= '{written}'") == "t")


@contextmanager
def new_standby(primary: Cluster) -> Iterator[Standby]:
    """A running standby in a new folder; it and the folder go at the end."""
    with new_folder("standby") as folder:
        place = ("--host=127.0.0.1", f"--port={primary.port}", "--username=postgres")
        fast = ("--checkpoint=fast", "--no-sync")
        command = (primary.program("pg_basebackup"), f"--pgdata={folder}", "--write-recovery-conf")
        run(*command, *fast, *place)
        standby = Standby(folder, primary.version, wal_retrieve_retry_interval="200ms")
        try:
            standby.start()
            yield standby
        finally:
            standby.kill()
