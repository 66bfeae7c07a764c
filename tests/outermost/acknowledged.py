"""What writers were told is safe: one JSON object a line, in a file of their own."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RANK = ("Sent", "Error", "Undelivered", "Delivered")


class Acknowledged:
    """Messages by id, with the highest status acknowledged and the times of their first way.

    `sent` is when the message first left the writer, `acked` when it was first acknowledged,
    both in nanoseconds of the machine's monotonic clock, which all processes share.
    """

    def __init__(self, logs: Iterable[Path]) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, str] = {}
        for log in logs:
            for line in log.read_text().splitlines():
                self._enter(json.loads(line))

    def _enter(self, entry: dict[str, Any]) -> None:
        if "acked" in entry:
            self.messages[entry["id"]] = entry
        known = self.statuses.get(entry["id"], "Sent")
        self.statuses[entry["id"]] = max(known, entry["status"], key=RANK.index)
