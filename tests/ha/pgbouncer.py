"""pgbouncer in transaction mode: a connection to PostgreSQL is a client's for one transaction."""

from pathlib import Path

from tests.cluster import Cluster
from tests.ha.process import Process, free_ports, installed, is_listening
from tests.ha.waiting import until

# Fewer than a server of ours opens: they have to be shared.
POOL_SIZE = 4
SETTINGS = f"""\
auth_type = scram-sha-256
pool_mode = transaction
default_pool_size = {POOL_SIZE}
server_login_retry = 1
query_wait_timeout = 5
"""
_INI = """\
[databases]
* = host=127.0.0.1 port={server_port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_file = {users}
"""


class Pgbouncer:
    """In front of a cluster; `url` names it instead of the cluster."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        (self.port,) = free_ports(1)
        ini, users = folder / "pgbouncer.ini", folder / "users.txt"
        ports = {"port": self.port, "server_port": cluster.port}
        ini.write_text(_INI.format(**ports, users=users) + SETTINGS)
        users.write_text('"postgres" "secret"\n')
        self._process = Process([installed("pgbouncer"), str(ini)], folder / "pgbouncer.log")

    def url(self, database: str) -> str:
        return f"postgresql://postgres:secret@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self._process.start()
        until(lambda: is_listening(self.port), said=self._process.said)

    def kill(self) -> None:
        self._process.kill()
