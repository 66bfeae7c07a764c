"""One message at a time from 16 clients, all into one program, against 16 bare connections.

The bare ones each insert a row, ready-made, and commit: they draw no numbers, so none of them
waits for another, and PostgreSQL commits together what comes together. Ours are calls of the
store in one process, like the bare ones; and, as clients come, requests: these are compared with
the bare connections and with a server that has nothing but such connections.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from bench.comparison import Comparison, Effort, alternate
from bench.ledger import PROGRAM, Ledger
from bench.postgres import bare
from bench.posts import MOST_PER_SECOND, Posts
from bench.server import Server, free_port, serving_app
from bench.stock import Stock, new_messages
from smsledger.ledger.model import Accepted, Message
from smsledger.store import open_store
from smsledger.store.store import Store

CLIENTS = 16
TARGET = 1.0
STORE_SEED, BARE_SEED = 10, 11
CALL, POST = "call", "POST"
CONNECTIONS, SERVER = "bare connections", "a bare server"

Send = Callable[[], Awaitable[None]]


def compare(ledger: Ledger, ours: Server, copy: str, effort: Effort) -> Iterator[Comparison]:
    """Calls and requests, in turn with the inserts."""
    size = int(MOST_PER_SECOND * effort.seconds)
    messages = Stock(new_messages(STORE_SEED), size)
    rows = Stock(bare.rows(BARE_SEED, bare.SERIALS), size)
    with ExitStack() as stack:
        server = _inserting_server(stack, copy)
        run = stack.enter_context(asyncio.Runner()).run
        store = run(open_store(ledger.url))
        stack.callback(lambda: run(store.close()))
        connections = [run(asyncpg.connect(copy)) for _ in range(CLIENTS)]
        calls = _calls(store, messages)
        inserts = run(_inserts(connections, rows))

        def rate(stock: Stock[Message] | Stock[bare.Row], clients: Sequence[Send]) -> float:
            stock.fill()
            return run(_rate(clients, effort.seconds))

        measures = {
            CALL: partial(rate, messages, calls),
            POST: partial(Posts(ledger, ours, effort).rate, CLIENTS),
            CONNECTIONS: partial(rate, rows, inserts),
            SERVER: partial(Posts(ledger, server, effort).rate, CLIENTS),
        }
        rates = alternate(measures, rounds=effort.rounds)
        for connection in connections:
            run(connection.close())
    for one, other, target in (
        (CALL, CONNECTIONS, TARGET),
        (POST, CONNECTIONS, None),
        (POST, SERVER, None),
    ):
        yield Comparison(
            name=f"one message per {one}, {CLIENTS} clients, against {other}",
            unit="messages/s",
            ours=rates[one],
            other=rates[other],
            target=target,
        )


async def _rate(clients: Sequence[Send], seconds: float) -> float:
    """Messages a second, of clients who each wait until theirs is durable."""
    began = time.perf_counter()
    end = began + seconds

    async def sent(send: Send) -> int:
        count = 0
        while time.perf_counter() < end:
            await send()
            count += 1
        return count

    counts = await asyncio.gather(*map(sent, clients))
    return sum(counts) / (time.perf_counter() - began)


def _calls(store: Store, messages: Iterator[Message]) -> list[Send]:
    async def send() -> None:
        outcomes = await store.record_messages(PROGRAM, [next(messages)])
        assert outcomes == [Accepted()]

    return [send] * CLIENTS


async def _inserts(
    connections: Sequence[asyncpg.Connection], rows: Iterator[bare.Row]
) -> list[Send]:
    def on(insert: PreparedStatement) -> Send:
        async def send() -> None:
            await insert.fetch(*next(rows))

        return send

    return [on(await connection.prepare(bare.INSERT)) for connection in connections]


def _inserting_server(stack: ExitStack, copy: str) -> Server:
    env = {bare.URL: copy, bare.CONNECTIONS: str(CLIENTS)}
    app = "bench.postgres.inserting:app"
    return stack.enter_context(serving_app(app, port=free_port(), env=env))
