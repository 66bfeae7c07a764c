"""The progress of long work, such as a copy or a verification, which is done in stages."""

from typing import Protocol


class StageProgress(Protocol):
    """Receives how much of each stage there is to do, and how much is done.

    A file of its own, because both `copying` and `verification` report to it.
    """

    def expect(self, stage: str, messages: int) -> None:
        """Add messages to those that a stage has to do."""

    def advance(self, stage: str, messages: int) -> None:
        """Add messages to those that a stage has done."""
