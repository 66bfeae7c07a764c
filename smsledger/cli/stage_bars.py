"""Progress bars on a terminal, one for each stage of long work."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from smsledger.cli.output import progress


class StageBars:
    """A progress bar for each stage. Its total grows when more work is found."""

    def __init__(self, progress: Progress, stages: tuple[str, ...]) -> None:
        self._progress = progress
        self._bars = {
            stage: progress.add_task(stage, total=None, visible=False) for stage in stages
        }
        self._totals = dict.fromkeys(stages, 0)

    def expect(self, stage: str, messages: int) -> None:
        """Add messages to the total of a stage."""
        self._totals[stage] += messages
        self._progress.update(self._bars[stage], total=self._totals[stage], visible=True)

    def advance(self, stage: str, messages: int) -> None:
        """Count messages of a stage as done."""
        self._progress.advance(self._bars[stage], messages)


@contextmanager
def stage_bars(stages: tuple[str, ...]) -> Iterator[StageBars]:
    """Show the bars of the stages during the block, if standard error is a terminal."""
    with progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as shown:
        yield StageBars(shown, stages)
