"""Three PostgreSQL servers under Patroni, which promotes one of them when the primary is gone.

`synchronous_mode_strict`: the primary acknowledges a commit only when a second server has it, and
Patroni promotes none that lacks such a commit. With three servers one may be missing without
stopping the writers.
"""

import json
import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.ha.etcd import Etcd
from tests.ha.process import Process, free_ports, installed, new_folder, signal_server
from tests.ha.waiting import until
from tests.postgres_programs import program

SIZE = 3
AGREED: dict[str, Any] = {
    "ttl": 20,  # seconds after which a primary that is silent is held for gone
    "loop_wait": 2,
    "retry_timeout": 5,
    "synchronous_mode": True,
    "synchronous_mode_strict": True,
    "postgresql": {
        "use_pg_rewind": True,
        "parameters": {"max_connections": 100, "shared_buffers": "32MB"},
    },
}
_WHO_MAY_CONNECT = ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]


class Node:
    """One PostgreSQL server and the Patroni that governs it."""

    def __init__(self, folder: Path, name: str, etcd: str) -> None:
        self.name = name
        self.data = folder / name
        self.port, self.api_port = free_ports(2)
        self.is_well = False
        config = folder / f"{name}.yml"
        config.write_text(json.dumps(self._config(etcd)))  # JSON is YAML
        self._process = Process([installed("patroni"), str(config)], folder / f"{name}.log")

    def start(self) -> None:
        self._process.start()
        self.is_well = True

    def kill(self) -> None:
        """Kill -9 of both, Patroni first: it would start the server again."""
        self.is_well = False
        self._process.kill()
        signal_server(self.data, signal.SIGKILL)

    def freeze(self) -> None:
        """Let neither say a word more; connections to them stay open."""
        self.is_well = False
        self._process.freeze()
        signal_server(self.data, signal.SIGSTOP)

    def members(self) -> list[dict[str, Any]]:
        """The cluster as this node's Patroni sees it; nothing where that does not answer."""
        if not self.is_well:
            return []
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.api_port}/cluster", timeout=10)
        except httpx.TransportError:
            return []
        return list(answer.json().get("members", []))

    def give_way(self) -> None:
        """Ask this node, which is the primary, to let another one be it."""
        url = f"http://127.0.0.1:{self.api_port}/switchover"
        asked = httpx.post(url, json={"leader": self.name}, timeout=30)
        assert asked.status_code == 200, asked.text

    def said(self) -> str:
        return self._process.said()

    def _config(self, etcd: str) -> dict[str, Any]:
        api = f"127.0.0.1:{self.api_port}"
        return {
            "scope": "ledger",
            "name": self.name,
            "etcd3": {"host": etcd},
            "restapi": {"listen": api, "connect_address": api},
            "bootstrap": {
                "dcs": AGREED,
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, {"auth": "trust"}],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{self.port}",
                "data_dir": str(self.data),
                "bin_dir": str(Path(program("initdb")).resolve().parent),
                "pgpass": str(self.data.with_suffix(".pgpass")),
                "authentication": {
                    "superuser": {"username": "postgres"},
                    "replication": {"username": "replicator"},
                },
                "parameters": {"unix_socket_directories": ""},
                "pg_hba": _WHO_MAY_CONNECT,
                "basebackup": [{"checkpoint": "fast"}],
            },
        }


class PatroniCluster:
    """Three nodes; `url` names them all, as a store's URL does."""

    def __init__(self, folder: Path, etcd: str) -> None:
        self.nodes = [Node(folder, f"node{n}", etcd) for n in range(1, SIZE + 1)]

    def url(self, database: str) -> str:
        """The primary first: once it is gone, every search for the next begins with it."""
        return _url(database, sorted(self.nodes, key=lambda node: node is not self.primary))

    def read_url(self, database: str) -> str:
        """Where to read: a standby, if there is one."""
        return f"{_url(database, self.nodes)}?target_session_attrs=prefer-standby"

    @property
    def primary(self) -> Node | None:
        """The node that leads, as far as its fellows know."""
        members = next(filter(None, (node.members() for node in self.nodes)), [])
        names = [each["name"] for each in members if each["role"] == "leader" and _runs(each)]
        return next((node for node in self.nodes if node.name in names), None)

    def start(self) -> None:
        """The first alone, so that it is the one which makes the cluster."""
        self.nodes[0].start()
        until(lambda: self.primary is not None, said=self._said)
        for node in self.nodes[1:]:
            node.start()
        self.wait_until_complete()

    def start_again(self) -> None:
        """Start the nodes that are gone; they follow the primary of now."""
        for node in self.nodes:
            if not node.is_well:
                node.kill()
                node.start()
        self.wait_until_complete()

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    def switch_over(self) -> None:
        """Make another node the primary, as before maintenance."""
        old = self.primary
        assert old is not None
        old.give_way()
        self.wait_until_promoted(old)

    def wait_until_promoted(self, old: Node) -> None:
        """Returns when another node than the old one leads."""
        until(lambda: self.primary not in {None, old}, said=self._said)

    def wait_until_complete(self) -> None:
        """Every node runs; one is the primary, and one the standby that commits wait for."""
        until(self._is_complete, said=self._said)

    def _is_complete(self) -> bool:
        roles = [each["role"] for each in self.nodes[0].members() if _runs(each)]
        return len(roles) == SIZE and {"leader", "sync_standby"} <= set(roles)

    def _said(self) -> str:
        return "\n".join(node.said() for node in self.nodes)


def _url(database: str, nodes: Iterable[Node]) -> str:
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    return f"postgresql://postgres@{hosts}/{database}"


def _runs(member: dict[str, Any]) -> bool:
    return member["state"] in {"running", "streaming"}


@contextmanager
def new_patroni_cluster() -> Iterator[PatroniCluster]:
    """A running cluster in a new folder; it and the folder go at the end."""
    with new_folder("patroni") as folder, ExitStack() as stack:
        etcd = Etcd(folder)
        stack.callback(etcd.stop)
        etcd.start()
        cluster = PatroniCluster(folder, etcd.address)
        stack.callback(cluster.kill)
        cluster.start()
        yield cluster
