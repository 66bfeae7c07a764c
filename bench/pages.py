"""Pages: ours against the same bytes from memory, against peers, and the last against the first.

All servers run at the same time and are asked in turn; those that are not asked are idle.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from itertools import cycle
from pathlib import Path

from bench import constant, wire
from bench.comparison import Comparison, Effort, alternate
from bench.ledger import PROGRAM, Ledger
from bench.load import load
from bench.peers import PEER_FILE, SECRET, USERNAME, table
from bench.server import Server, free_port, serving_app
from smsledger import instant
from smsledger.store.sqlite.connection import connect

PATH = f"/api/messages/program/{PROGRAM}"
SIZES = (500, 50)
CONNECTIONS = 8
CLIENT_IS_NO_LIMIT = 0.9  # of its core
WINDOWS = 32
DATE_AT = "SELECT date FROM message WHERE program_id = ? ORDER BY date, serial LIMIT 1 OFFSET ?"
OURS, MEMORY = "ours", "memory"
PEERS = {
    "offset": "OFFSET entities",
    "keyset": "keyset entities",
    "core": "keyset Core rows",
    "core_inline": "Core rows on the event loop",
}
# The least ratios: by page size, and by peer at the largest page.
OF_MEMORY = {500: 0.14, 50: 0.20}
OF_PEERS = {"offset": 40, "keyset": 20, "core": 8}
LAST_OF_FIRST = 1.2


def compare(ledger: Ledger, ours: Server, folder: Path, effort: Effort) -> Iterator[Comparison]:
    """Every comparison of pages, one after the other."""
    with ExitStack() as stack:
        ports = {OURS: ours.port, **_start_peers(stack, ledger, folder)}
        windows = list(_windows(ledger))
        for size in SIZES:
            requests = [
                ledger.credential.get(f"{PATH}?{window}&pageSize={size}") for window in windows
            ]
            typical = _typical(ours.port, requests)
            _check_same_pages(ports, typical, size)
            file = folder / f"answer-{size}"
            file.write_bytes(wire.ask(ours.port, typical))
            memory = _start(stack, "bench.constant:app", {constant.ANSWER_FILE: str(file)})
            yield from _one_page({**ports, MEMORY: memory}, typical, size, effort)
            yield _many_pages(ours.port, memory, requests, size, effort)
    yield from _last_pages(ledger, ours.port, effort)


def _one_page(
    ports: Mapping[str, int], request: bytes, size: int, effort: Effort
) -> Iterator[Comparison]:
    rates = alternate(
        {name: _rate(port, [request], effort) for name, port in ports.items()},
        rounds=effort.rounds,
    )
    yield Comparison(
        name=f"pages of {size} against the same bytes from memory",
        unit="requests/s",
        ours=rates[OURS],
        other=rates[MEMORY],
        target=OF_MEMORY[size],
    )
    for peer, kind in PEERS.items():
        yield Comparison(
            name=f"pages of {size} against FastAPI, {kind}",
            unit="requests/s",
            ours=rates[OURS],
            other=rates[peer],
            target=OF_PEERS.get(peer) if size == max(SIZES) else None,
        )


def _many_pages(
    ours: int, memory: int, requests: list[bytes], size: int, effort: Effort
) -> Comparison:
    """One page over and over stays in the processor's cache; pages of a whole year do not."""
    measures = {
        OURS: _rate(ours, requests, effort),
        MEMORY: _rate(memory, requests, effort),
    }
    rates = alternate(measures, rounds=effort.rounds)
    return Comparison(
        name=f"{WINDOWS} pages of {size} in turn against one from memory",
        unit="requests/s",
        ours=rates[OURS],
        other=rates[MEMORY],
    )


def _last_pages(ledger: Ledger, port: int, effort: Effort) -> Iterator[Comparison]:
    last = _last_full_page(ledger, port, f"{PATH}?pageSize={max(SIZES)}")
    for size in SIZES:
        first = ledger.credential.get(f"{PATH}?pageSize={size}")
        if size != max(SIZES):
            last = _last_full_page(ledger, port, last.replace("pageSize=500", f"pageSize={size}"))
        measures = {
            "first": _rate(port, [first], effort),
            "last": _rate(port, [ledger.credential.get(last)], effort),
        }
        rates = alternate(measures, rounds=effort.rounds)
        yield Comparison(
            name=f"time of the last page of {size} against the first",
            unit="µs",
            ours=tuple(1e6 / rate for rate in rates["last"]),
            other=tuple(1e6 / rate for rate in rates["first"]),
            target=LAST_OF_FIRST,
            at_most=True,
        )


def _last_full_page(ledger: Ledger, port: int, target: str) -> str:
    """Where the walk that begins at the target comes to its last full page."""
    page = wire.page(port, ledger.credential.get(target))
    size = len(page.data.messages)
    while page.meta.nextPageUrl:
        following = wire.target_of(page.meta.nextPageUrl)
        page = wire.page(port, ledger.credential.get(following))
        if len(page.data.messages) < size:
            break
        target = following
    return target


def _rate(port: int, requests: list[bytes], effort: Effort) -> Callable[[], float]:
    def measure() -> float:
        asked = load(port, cycle(requests), connections=CONNECTIONS, seconds=effort.seconds)
        assert asked.client < CLIENT_IS_NO_LIMIT, "the load client is the bottleneck"
        return asked.rate

    return measure


def _start_peers(stack: ExitStack, ledger: Ledger, folder: Path) -> dict[str, int]:
    file = folder / "peers.db"
    table.copy(ledger.file, file)
    credential = ledger.credential
    env = {PEER_FILE: str(file), USERNAME: credential.username, SECRET: credential.secret}
    return {peer: _start(stack, f"bench.peers.{peer}:app", env) for peer in PEERS}


def _start(stack: ExitStack, app: str, env: Mapping[str, str]) -> int:
    port = free_port()
    stack.enter_context(serving_app(app, port=port, env=env))
    return port


def _check_same_pages(ports: Mapping[str, int], request: bytes, size: int) -> None:
    """Nobody gets a ratio for other messages; within a second the orders may differ."""
    pages = {name: wire.page(port, request).data.messages for name, port in ports.items()}
    ours = {bytes(message) for message in pages[OURS]}
    for name, messages in pages.items():
        same = ours & {bytes(message) for message in messages}
        assert len(messages) == size, f"{name} has {len(messages)} messages on a page of {size}"
        assert len(same) >= 0.95 * len(ours), f"{name} has other messages than ours"


def _windows(ledger: Ledger) -> Iterator[str]:
    """First pages all over the year, as many in bursts as there are messages in bursts."""
    end = instant.render_seconds(instant.now())
    with closing(connect(ledger.file)) as connection:
        count = connection.execute("SELECT count(*) FROM message").get
        for place in range(WINDOWS):
            offset = count * place // (WINDOWS + 1)  # each has pages after its first
            start = instant.render_seconds(connection.execute(DATE_AT, (PROGRAM, offset)).get)
            yield f"startDate={start}&endDate={end}"


def _typical(port: int, requests: list[bytes]) -> bytes:
    """The request whose answer has the median length."""
    lengths = {request: len(wire.ask(port, request)) for request in requests}
    return sorted(requests, key=lambda request: lengths[request])[len(requests) // 2]
