"""Options that commands of the bench share."""

import argparse
from collections.abc import Callable, Sequence


def add_only(parser: argparse.ArgumentParser, choices: Sequence[str]) -> None:
    """Add `--only`, which takes names with commas between them and can be repeated."""
    text = f"only these, with commas between them (repeatable): {', '.join(choices)}; default: all"
    parser.add_argument(
        "--only", type=_names_of(choices), action="extend", metavar="NAMES", help=text
    )


def _names_of(choices: Sequence[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",")]
        for name in names:
            if name not in choices:
                known = ", ".join(choices)
                raise argparse.ArgumentTypeError(f"cannot be {name!r}. Choose from: {known}.")
        return names

    return parse
