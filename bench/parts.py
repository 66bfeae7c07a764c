"""`python -m bench.parts`: what a part of the server costs, over HTTP.

Two servers run on two ledgers with the same messages. One of them has the part, the other has not,
and they are asked in turn. A result is the rate with the part as a share of the rate without it:
the median of the pairs, and its 95 % bounds.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import asyncpg

from bench.comparison import Bounds, Effort, bounds_of, in_pairs
from bench.ledger import Ledger, build
from bench.server import free_port, serving_app
from bench.sides import Side, new_stores
from bench.switched import SWITCHED_OFF, SWITCHES
from smsledger.store.sqlite.connection import connect, path_of

PAGE_SIZE = 500
# Both tables are written once more, so that their rows lie alike on the disk.
REWRITES = {
    "with": "UPDATE message SET check_value = check_value",
    "without": "UPDATE message SET check_value = NULL",
}

MEASURES: dict[str, dict[str, Callable[[Side], float]]] = {
    "check values": {
        f"pages of {PAGE_SIZE}": partial(Side.pages, size=PAGE_SIZE),
        "ingest": Side.ingest,
        "receipts": Side.receipts,
    },
    "repeated keys": {"ingest": Side.ingest},
    "secure delete": {"ingest": Side.ingest, "receipts": Side.receipts},
    "export checks": {"whole exports": Side.exports},
}


def main() -> None:
    """Measure parts on both engines, and print the results."""
    options = _options()
    effort = Effort(rounds=options.pairs, seconds=options.seconds)
    results: dict[str, Bounds] = {}
    for engine in [options.engine] if options.engine else ("sqlite", "postgres"):
        for part in options.part or SWITCHES:
            if (engine, part) == ("postgres", "secure delete"):
                continue  # only SQLite has it
            with _sides(engine, part, options.messages, effort) as (with_part, without):
                for name, rate in MEASURES[part].items():
                    rates = partial(rate, with_part), partial(rate, without)
                    bounds = bounds_of(*in_pairs(*rates, pairs=options.pairs))
                    low, middle, high = bounds
                    line = f"{engine}: {name}, with {part} of without"
                    print(f"{line:<64} {middle:.3f} ({low:.3f} to {high:.3f})", flush=True)
                    results[line] = bounds
    if options.results:
        options.results.write_text(json.dumps(results, indent=1) + "\n")


@contextmanager
def _sides(engine: str, part: str, messages: int, effort: Effort) -> Iterator[tuple[Side, Side]]:
    with new_stores(engine, tuple(REWRITES)) as urls, ExitStack() as stack:
        with_part, without = [build(url, messages) for url in urls]
        if part == "check values":
            _rewrite(with_part.url, REWRITES["with"])
            _rewrite(without.url, REWRITES["without"])
        on, off = _environments(part)
        yield _serve(stack, with_part, on, effort), _serve(stack, without, off, effort)


def _environments(part: str) -> tuple[dict[str, str], dict[str, str]]:
    if part == "export checks":
        return {"SMSLEDGER_EXPORT_CHECKS": "on"}, {"SMSLEDGER_EXPORT_CHECKS": "off"}
    return {}, {SWITCHED_OFF: part}


def _serve(stack: ExitStack, ledger: Ledger, env: dict[str, str], effort: Effort) -> Side:
    env = {"SMSLEDGER_STORE": ledger.url, **env}
    app = serving_app("bench.switched:app", port=free_port(), env=env)
    return Side(ledger, stack.enter_context(app), effort)


def _rewrite(url: str, sql: str) -> None:
    if url.startswith("sqlite"):
        with closing(connect(path_of(url))) as ledger:
            ledger.execute(f"{sql}; VACUUM").fetchall()
    else:
        asyncio.run(_rewrite_database(url, sql))


async def _rewrite_database(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in (sql, "VACUUM FULL message", "VACUUM ANALYZE"):
        await connection.execute(statement)
    await connection.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.parts", description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), help="default: both")
    parser.add_argument("--part", choices=SWITCHES, action="append", help="default: all")
    parser.add_argument("--messages", type=int, default=100_000, help="default %(default)s")
    parser.add_argument("--pairs", type=int, default=30, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=1.0, help="default %(default)s")
    parser.add_argument("--results", type=Path, help="where the JSON goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
