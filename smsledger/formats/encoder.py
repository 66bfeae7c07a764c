"""What every format's encoder is."""

from typing import Protocol


class MissingExtra(Exception):
    """The format needs a package that is not installed; the text says how to install it."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"this format needs another package: pip install smsledger[{extra}]")


class Encoder(Protocol):
    """Messages in, a file out, piece by piece; holds no more than a small part of either."""

    def encode(self, lines: bytes) -> bytes:
        r"""What is ready of the file, maybe nothing.

        Args:
            lines: whole lines of NDJSON, a message each, each with its `\n`; may be empty.

        Raises:
            ValueError: a line is no message, or a value has no form in the format.
        """

    def finish(self) -> bytes:
        """What is left of the file. Without messages the file is valid and empty."""
