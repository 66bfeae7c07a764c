"""`python -m bench compare`: this checkout against another one, such as a clone of its parent.

Each runs in its own environment, on a ledger that its own commands made, and both are asked in
turn. A result is the rate of this checkout as a share of the other's: the median of the pairs, and
its 95 % bounds. Where even the upper bound is below 1, this checkout is slower.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

import asyncpg

from bench.comparison import Bounds, Effort, Figures, bounds_of, in_pairs
from bench.ledger import build, serving_ledger
from bench.options import add_only
from bench.server import THIS, Checkout
from bench.sides import BATCH, Side, new_stores

ENGINES = ("sqlite", "postgres")
CLIENTS = 32


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What is measured, and how many of the unit one request is."""

    name: str
    rate: Callable[[Side], float]
    unit: str
    each: int = 1


SUBJECTS = {
    "pages": [
        Measure(name=f"pages of {size}", rate=partial(Side.pages, size=size), unit="pages/s")
        for size in (500, 50)
    ],
    "exports": [Measure(name="whole exports", rate=Side.exports, unit="exports/s")],
    "posts": [
        Measure(
            name=f"one message per POST, clients: {clients}",
            rate=partial(Side.posts, clients=clients),
            unit="messages/s",
        )
        for clients in (1, CLIENTS)
    ],
    "ingest": [
        Measure(name=f"batches of {BATCH}", rate=Side.ingest, unit="messages/s", each=BATCH)
    ],
    "receipts": [
        Measure(
            name=f"receipts in batches of {BATCH}",
            rate=Side.receipts,
            unit="receipts/s",
            each=BATCH,
        )
    ],
}


def main(arguments: Sequence[str]) -> int:
    """Compare; the exit status is 1 if this checkout is slower in a measure, beyond the spread."""
    given = _options(arguments)
    results = {}
    for engine in [given.engine] if given.engine else ENGINES:
        with _sides(engine, given) as (ours, other):
            wanted = [SUBJECTS[subject] for subject in SUBJECTS if subject in given.only]
            for measure in chain.from_iterable(wanted):
                rates = partial(measure.rate, ours), partial(measure.rate, other)
                figures = in_pairs(*rates, pairs=given.pairs)
                results[f"{engine}: {measure.name}"] = bounds = bounds_of(*figures)
                print(_line(engine, measure, bounds, figures), flush=True)
    if given.results:
        given.results.write_text(json.dumps(results, indent=1) + "\n")
    return 1 if any(upper < 1 for _, _, upper in results.values()) else 0


def _line(engine: str, measure: Measure, bounds: Bounds, figures: tuple[Figures, Figures]) -> str:
    lower, middle, upper = bounds
    ours, other = (median(rates) * measure.each for rates in figures)
    verdict = "  SLOWER" if upper < 1 else ""
    return (
        f"{engine + ': ' + measure.name:<44} {middle:.3f} ({lower:.3f} to {upper:.3f})"
        f"  {ours:,.1f} against {other:,.1f} {measure.unit}{verdict}"
    )


@contextmanager
def _sides(engine: str, given: argparse.Namespace) -> Iterator[tuple[Side, Side]]:
    effort = Effort(rounds=given.pairs, seconds=given.seconds)
    checkouts = {"this": THIS, "other": given.other}
    with new_stores(engine, list(checkouts)) as urls, ExitStack() as stack:
        sides = []
        for url, checkout in zip(urls, checkouts.values(), strict=True):
            ledger = build(url, given.messages, checkout)
            if engine == "postgres":
                asyncio.run(_settle(url))
            server = stack.enter_context(serving_ledger(ledger, checkout=checkout))
            sides.append(Side(ledger, server, effort))
        ours, other = sides
        yield ours, other


async def _settle(url: str) -> None:
    """Leave a database as if it had been there for long."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench compare", description=__doc__)
    parser.add_argument(
        "other", type=_checkout, metavar="OTHER_CHECKOUT", help="a folder in which `make setup` ran"
    )
    parser.add_argument("--engine", choices=ENGINES, help="only this one; default: both")
    add_only(parser, tuple(SUBJECTS))
    parser.add_argument("--messages", type=int, default=200_000, help="default %(default)s")
    parser.add_argument("--pairs", type=int, default=30, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=1.0, help="default %(default)s")
    parser.add_argument("--results", type=Path, help="where the JSON goes")
    given = parser.parse_args(arguments)
    given.only = given.only or tuple(SUBJECTS)
    return given


def _checkout(text: str) -> Checkout:
    folder = Path(text).resolve()
    if not (folder / "smsledger").is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a checkout of smsledger.")
    python = folder / ".venv/bin/python"
    if not python.exists():
        raise argparse.ArgumentTypeError(f"{text} has no environment. Run `make setup` in it.")
    return Checkout(folder=folder, python=python)
