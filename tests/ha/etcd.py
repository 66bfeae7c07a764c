"""One etcd: where Patroni's nodes agree on who is the primary."""

from pathlib import Path

import httpx

from tests.ha.process import Process, free_ports, installed
from tests.ha.waiting import until


class Etcd:
    """A running etcd of one member; `address` is where its clients go."""

    def __init__(self, folder: Path) -> None:
        client, peer = free_ports(2)
        self.address = f"127.0.0.1:{client}"
        self._process = Process(
            [
                installed("etcd"),
                "--name=one",
                f"--data-dir={folder / 'etcd'}",
                f"--listen-client-urls=http://127.0.0.1:{client}",
                f"--advertise-client-urls=http://127.0.0.1:{client}",
                f"--listen-peer-urls=http://127.0.0.1:{peer}",
                f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
                f"--initial-cluster=one=http://127.0.0.1:{peer}",
            ],
            folder / "etcd.log",
        )

    def start(self) -> None:
        self._process.start()
        until(self._is_healthy, said=self._process.said)

    def stop(self) -> None:
        self._process.stop()

    def _is_healthy(self) -> bool:
        try:
            return bool(httpx.get(f"http://{self.address}/health").json()["health"] == "true")
        except httpx.TransportError:
            return False
