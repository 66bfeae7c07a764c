"""What a verification found: each finding says where, which check, and what was expected."""

import msgspec

from smsledger.store.message_checks import Mismatch

MAX_LISTED = 100


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One failed check. `id` and `serial` name a message; None where none is meant."""

    program: int | None = None
    id: str | None = None
    serial: int | None = None
    check: str
    expected: str
    found: str


class Findings:
    """The first findings, and how many there are."""

    def __init__(self) -> None:
        self.listed: list[Finding] = []
        self.total = 0

    @property
    def more(self) -> int:
        """How many findings are not listed."""
        return self.total - len(self.listed)

    def add(
        self,
        mismatch: Mismatch,
        *,
        program: int | None = None,
        message_id: str | None = None,
        serial: int | None = None,
    ) -> None:
        """Count a mismatch, and list it while there is room."""
        self.total += 1
        if len(self.listed) < MAX_LISTED:
            fields = msgspec.structs.asdict(mismatch)
            self.listed.append(Finding(program=program, id=message_id, serial=serial, **fields))


def sentence(finding: Finding) -> str:
    """Return the finding as a line for people, control characters escaped."""
    parts = []
    if finding.program is not None:
        parts.append(f"program {finding.program}")
    if finding.id is not None:
        parts.append(f"message {msgspec.json.encode(finding.id).decode()}")
    if finding.serial is not None:
        parts.append(f"serial {finding.serial}")
    place = ", ".join(parts) or "the ledger"
    return f"{place}: {finding.check}: expected {finding.expected}, found {finding.found}"
