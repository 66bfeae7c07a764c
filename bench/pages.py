"""Pages: ours against the same bytes from memory, against peers, and the last against an early one.

All servers run at the same time and are asked in turn; those that are not asked are idle.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from bench import constant, wire
from bench.comparison import Comparison, Effort, alternate
from bench.ledger import Ledger
from bench.load import load
from bench.peers import PEER_URL, SECRET, USERNAME
from bench.server import Server, free_port, serving_app
from bench.walk import PATH, Walk, last_full_page, walk
from smsledger.ledger import instant

SIZES = (500, 50)
CONNECTIONS = 8
CLIENT_IS_NO_LIMIT = 0.9  # of its core
WINDOWS = 32
LAST_OF_FIRST = 1.2
OURS, MEMORY = "ours", "memory"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A peer's application, and how many times its pages of 500 ours are to be at least.

    `deep` is the same for the last pages; None, here and there: for information only.
    """

    app: str
    kind: str
    at_least: float | None = None
    deep: float | None = None
    counts_pages: bool = False


@dataclass(frozen=True, kw_only=True)
class Others:
    """What our pages are compared with: peers, in their database, and memory.

    `of_memory` are the least ratios, by page size.
    """

    peers: tuple[Peer, ...]
    url: str
    of_memory: Mapping[int, float]


def compare(
    ledger: Ledger, ours: Server, others: Others, folder: Path, effort: Effort
) -> Iterator[Comparison]:
    """Every comparison of pages, one after the other."""
    whole = walk(ledger, ours.port, max(SIZES))
    now = instant.render_seconds(instant.now())
    windows = [f"startDate={date}&endDate={now}" for date in whole.dates_of(WINDOWS)]
    with ExitStack() as stack:
        ports = _start_peers(stack, ledger, others)
        for size in SIZES:
            firsts = [ledger.credential.get(f"{PATH}?{each}&pageSize={size}") for each in windows]
            requests = [following(ledger, ours.port, each, size) for each in windows]
            typical = _typical(ours.port, requests)
            first = firsts[requests.index(typical)]
            _check_same_pages(wire.page(ours.port, typical), ports, first)
            file = folder / f"answer-{size}"
            file.write_bytes(wire.ask(ours.port, typical))
            memory = _start(stack, "bench.constant:app", {constant.ANSWER_FILE: str(file)})
            rates = _rates({OURS: ours.port, MEMORY: memory}, typical, ports, first, effort)
            yield from _one_page(rates, others, size)
            yield _many_pages(ours.port, memory, requests, size, effort)
            yield _first_pages(ours.port, first, typical, size, effort)
        yield from _deep_pages(ledger, ours.port, ports, others, whole, windows[0], effort)
    yield from _last_pages(ledger, ours.port, whole, effort)


def following(ledger: Ledger, port: int, window: str, size: int) -> bytes:
    """A page that follows another, from the second message of a window on.

    Most pages do. A first page is entered in the log of exports, which no peer has.
    """
    asked = f"{PATH}?pageSize=1&{window}" if window else f"{PATH}?pageSize=1"
    first = wire.page(port, ledger.credential.get(asked))
    assert first.meta.nextPageUrl is not None
    target = wire.target_of(first.meta.nextPageUrl)
    return ledger.credential.get(target.replace("pageSize=1&", f"pageSize={size}&"))


def _rates(
    ours: Mapping[str, int],
    request: bytes,
    peers: Mapping[str, int],
    theirs: bytes,
    effort: Effort,
) -> dict[str, tuple[float, ...]]:
    """Of the same page, but for one message, in the words of each."""
    measures = {name: rate_of(port, [request], effort) for name, port in ours.items()}
    measures |= {name: rate_of(port, [theirs], effort) for name, port in peers.items()}
    return alternate(measures, rounds=effort.rounds)


def _first_pages(
    port: int, first: bytes, following: bytes, size: int, effort: Effort
) -> Comparison:
    """What it costs that a walk is on the disk, in the log of exports, before its first byte."""
    measures = {
        "first": rate_of(port, [first], effort),
        "following": rate_of(port, [following], effort),
    }
    rates = alternate(measures, rounds=effort.rounds)
    return Comparison(
        name=f"first pages of {size}, in the log of exports, against following",
        unit="requests/s",
        ours=rates["first"],
        other=rates["following"],
    )


def _one_page(
    rates: Mapping[str, tuple[float, ...]], others: Others, size: int
) -> Iterator[Comparison]:
    yield Comparison(
        name=f"pages of {size} against the same bytes from memory",
        unit="requests/s",
        ours=rates[OURS],
        other=rates[MEMORY],
        target=others.of_memory[size],
    )
    for peer in others.peers:
        yield Comparison(
            name=f"pages of {size} against FastAPI, {peer.kind}",
            unit="requests/s",
            ours=rates[OURS],
            other=rates[peer.app],
            target=peer.at_least if size == max(SIZES) else None,
        )


def _many_pages(
    ours: int, memory: int, requests: list[bytes], size: int, effort: Effort
) -> Comparison:
    """One page over and over stays in the processor's cache; pages of a whole year do not."""
    measures = {
        OURS: rate_of(ours, requests, effort),
        MEMORY: rate_of(memory, requests, effort),
    }
    rates = alternate(measures, rounds=effort.rounds)
    return Comparison(
        name=f"{WINDOWS} pages of {size} in turn against one from memory",
        unit="requests/s",
        ours=rates[OURS],
        other=rates[MEMORY],
    )


def _deep_pages(
    ledger: Ledger,
    ours: int,
    ports: Mapping[str, int],
    others: Others,
    whole: Walk,
    year: str,
    effort: Effort,
) -> Iterator[Comparison]:
    """The last full page, which ours find by its key, and those who count pages by counting."""
    size = max(SIZES)
    by_key = ledger.credential.get(whole.last)
    by_number = ledger.credential.get(f"{PATH}?{year}&pageSize={size}&page={whole.pages}")
    page = wire.page(ours, by_key)
    for peer in others.peers:
        if not peer.counts_pages:
            continue
        port = ports[peer.app]
        _check_same_pages(page, {peer.app: port}, by_number)
        measures = {
            OURS: rate_of(ours, [by_key], effort),
            peer.app: rate_of(port, [by_number], effort),
        }
        rates = alternate(measures, rounds=effort.rounds)
        yield Comparison(
            name=f"the last page of {size} against FastAPI, {peer.kind}",
            unit="requests/s",
            ours=rates[OURS],
            other=rates[peer.app],
            target=peer.deep,
        )


def _last_pages(ledger: Ledger, port: int, whole: Walk, effort: Effort) -> Iterator[Comparison]:
    for size in SIZES:
        smaller = whole.last.replace(f"pageSize={max(SIZES)}", f"pageSize={size}")
        last = last_full_page(ledger, port, smaller, size)
        early = following(ledger, port, "", size)
        measures = {
            "early": rate_of(port, [early], effort),
            "last": rate_of(port, [ledger.credential.get(last)], effort),
        }
        rates = alternate(measures, rounds=effort.rounds)
        yield Comparison(
            name=f"time of the last page of {size} against one at the beginning",
            unit="µs",
            ours=tuple(1e6 / rate for rate in rates["last"]),
            other=tuple(1e6 / rate for rate in rates["early"]),
            target=LAST_OF_FIRST,
            at_most=True,
        )


def rate_of(
    port: int, requests: list[bytes], effort: Effort, connections: int = CONNECTIONS
) -> Callable[[], float]:
    """Measures how many of the requests, in turn, are answered a second."""

    def measure() -> float:
        asked = load(port, cycle(requests), connections=connections, seconds=effort.seconds)
        assert asked.client < CLIENT_IS_NO_LIMIT, "the load client is the bottleneck"
        return asked.rate

    return measure


def _start_peers(stack: ExitStack, ledger: Ledger, others: Others) -> dict[str, int]:
    credential = ledger.credential
    env = {PEER_URL: others.url, USERNAME: credential.username, SECRET: credential.secret}
    return {peer.app: _start(stack, f"{peer.app}:app", env) for peer in others.peers}


def _start(stack: ExitStack, app: str, env: Mapping[str, str]) -> int:
    port = free_port()
    stack.enter_context(serving_app(app, port=port, env=env))
    return port


def _check_same_pages(page: wire.Page, ports: Mapping[str, int], request: bytes) -> None:
    """Nobody gets a ratio for other messages; within a second the orders may differ."""
    ours = {bytes(message) for message in page.data.messages}
    size = len(page.data.messages)
    for name, port in ports.items():
        messages = wire.page(port, request).data.messages
        same = ours & {bytes(message) for message in messages}
        assert len(messages) == size, f"{name} has {len(messages)} messages on a page of {size}"
        assert len(same) >= 0.95 * len(ours), f"{name} has other messages than ours"


def _typical(port: int, requests: list[bytes]) -> bytes:
    """The request whose answer has the median length."""
    lengths = {request: len(wire.ask(port, request)) for request in requests}
    return sorted(requests, key=lambda request: lengths[request])[len(requests) // 2]
