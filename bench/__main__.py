"""`python -m bench`: every comparison in one run, printed and kept in bench/results/.

`python -m bench compare OTHER_CHECKOUT` compares this checkout with another one.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import checkouts, options, postgres, sqlite
from bench.comparison import Effort
from bench.ledger import new_folder
from bench.report import SUBJECTS, Report

RESULTS = Path(__file__).parent / "results" / "latest.json"
MESSAGES = 2_000_000
ENGINES = {"sqlite": sqlite.measure, "postgres": postgres.measure}


def main() -> int:
    """Measure; the exit status is 1 if a target was missed."""
    if sys.argv[1:2] == ["compare"]:
        return checkouts.main(sys.argv[2:])
    given = _options()
    effort = Effort(rounds=given.rounds, seconds=given.seconds)
    report = Report(given.messages, effort, tuple(given.only or SUBJECTS))
    print(f"{report.messages:,} messages in the program, {report.effort}", flush=True)
    with _folder(given.folder) as folder:
        for engine in [given.engine] if given.engine else ENGINES:
            print(f"\n{engine}", flush=True)
            (folder / engine).mkdir()
            ENGINES[engine](report.of(engine), folder / engine)
    report.write(given.results)
    return 0 if report.all_met() else 1


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    with new_folder() as folder:
        yield folder


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, help="only this one; default: both")
    options.add_only(parser, SUBJECTS)
    parser.add_argument("--messages", type=int, default=MESSAGES, help="default %(default)s")
    parser.add_argument("--rounds", type=int, default=10, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=1.2, help="default %(default)s")
    parser.add_argument("--folder", type=Path, help="a new or empty one; kept afterwards")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON goes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
