"""Pages: ours against the same bytes from memory, against peers, and the last against the first.

All servers run at the same time and are asked in turn; those that are not asked are idle.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

from bench import constant, wire
from bench.comparison import Comparison, Effort, alternate
from bench.ledger import PROGRAM, Ledger
from bench.load import load
from bench.peers import PEER_FILE, SECRET, USERNAME, table
from bench.server import Server, free_port, serving_app
from smsledger import instant
from smsledger.sample import YEAR

PATH = f"/api/messages/program/{PROGRAM}"
SIZES = (500, 50)
CONNECTIONS = 8
OURS, CONSTANT = "ours", "constant"
PEERS = {"offset": "OFFSET entities", "keyset": "keyset entities", "core": "keyset Core rows"}
# The least ratios, by page size.
OF_CONSTANT = {500: 0.14, 50: 0.20}
OF_PEERS = {"offset": 40, "keyset": 20, "core": 8}
LAST_OF_FIRST = 1.2


def compare(ledger: Ledger, ours: Server, folder: Path, effort: Effort) -> Iterator[Comparison]:
    """Every comparison of pages, one after the other."""
    with ExitStack() as stack:
        ports = {OURS: ours.port, **_start_peers(stack, ledger, folder)}
        for size in SIZES:
            request = ledger.credential.get(f"{PATH}?{_window()}&pageSize={size}")
            answer = folder / f"answer-{size}"
            answer.write_bytes(wire.ask(ours.port, request))
            _check_same_pages(ports, request, size)
            env = {constant.ANSWER_FILE: str(answer)}
            at_constant = _start(stack, "bench.constant:app", env)
            yield from _first_pages({**ports, CONSTANT: at_constant}, request, size, effort)
    yield from _last_pages(ledger, ours.port, effort)


def _first_pages(
    ports: Mapping[str, int], request: bytes, size: int, effort: Effort
) -> Iterator[Comparison]:
    rates = alternate(
        {name: _rate(port, request, effort) for name, port in ports.items()}, rounds=effort.rounds
    )
    yield Comparison(
        name=f"pages of {size} against the same bytes from memory",
        unit="requests/s",
        ours=rates[OURS],
        other=rates[CONSTANT],
        target=OF_CONSTANT[size],
    )
    for peer, kind in PEERS.items():
        yield Comparison(
            name=f"pages of {size} against FastAPI, {kind}",
            unit="requests/s",
            ours=rates[OURS],
            other=rates[peer],
            target=OF_PEERS[peer] if size == max(SIZES) else None,
        )


def _last_pages(ledger: Ledger, port: int, effort: Effort) -> Iterator[Comparison]:
    last = _last_full_page(ledger, port, f"{PATH}?pageSize={max(SIZES)}")
    for size in SIZES:
        first = ledger.credential.get(f"{PATH}?pageSize={size}")
        if size != max(SIZES):
            last = _last_full_page(ledger, port, last.replace("pageSize=500", f"pageSize={size}"))
        measures = {
            "first": _rate(port, first, effort),
            "last": _rate(port, ledger.credential.get(last), effort),
        }
        rates = alternate(measures, rounds=effort.rounds)
        yield Comparison(
            name=f"time of the last page of {size} against the first",
            unit="µs",
            ours=1e6 / rates["last"],
            other=1e6 / rates["first"],
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


def _rate(port: int, request: bytes, effort: Effort) -> Callable[[], float]:
    def measure() -> float:
        asked = load(port, repeat(request), connections=CONNECTIONS, seconds=effort.seconds)
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


def _window() -> str:
    """A window deep inside the year, with many pages after its first."""
    now = instant.now()
    start = instant.midnight(now - YEAR // 2)
    return f"startDate={instant.render_seconds(start)}&endDate={instant.render_seconds(now)}"
