"""What is measured of whole exports and of the change feed, on either engine."""

from pathlib import Path

from bench import command, exports, feed, memory
from bench.direct import Direct
from bench.ledger import Ledger, serving_ledger
from bench.report import Part


def measure(part: Part, ledger: Ledger, direct: Direct, folder: Path) -> None:
    """What is wanted of it, on a server of its own."""
    with serving_ledger(ledger) as ours:
        if "exports" in part.subjects:
            part.add(exports.compare(ledger, ours, direct, folder, part.effort))
        if "command" in part.subjects:
            part.add(command.compare(ledger, ours, folder, part.effort))
        if "feed" in part.subjects:
            part.add(feed.compare(ledger, ours, part.messages, part.effort))
    if "memory" in part.subjects:
        part.add(memory.compare(ledger))
