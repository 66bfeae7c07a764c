"""What is known of damage to a ledger: once any process has met it, none acknowledges anything.

The first process that meets damage writes the reason into a file, the marker, which the others
look at before they acknowledge a commit. A ledger in a file has its marker beside it, so that a
restart does not forget. `smsledger verify` removes the marker of a ledger that it finds sound.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from smsledger import instant
from smsledger.errors import StoreDamaged

MAX_REASON = 500  # characters; a driver's message can be long


def _ignore(_: str) -> None: ...


class Damage:
    """Whether a ledger is known to be damaged.

    Args:
        marker: the file that all processes of the ledger look at; None: this process is the only.
        on_damage: called with the reason, once for each process.
    """

    def __init__(
        self, marker: Path | None = None, on_damage: Callable[[str], None] = _ignore
    ) -> None:
        self._marker = marker
        self._on_damage = on_damage
        self._unwritten: str | None = None  # where the marker could not be made
        self._reported = False

    def reason(self) -> str | None:
        """Why the ledger counts as damaged; None while nothing is known against it."""
        reason = self._unwritten or _read(self._marker)
        if reason is None:
            self._reported = False
        elif not self._reported:
            self._reported = True
            self._on_damage(reason)
        return reason

    def require_none(self) -> None:
        """Refuse to go on with a ledger that is known to be damaged.

        Raises:
            StoreDamaged: it is.
        """
        reason = self.reason()
        if reason is not None:
            raise StoreDamaged(reason)

    def note(self, cause: BaseException) -> None:
        """Remember damage that was met just now; the first to be remembered is kept."""
        if self.reason() is not None:
            return
        when = instant.render_micros(instant.now())
        reason = f"{str(cause)[:MAX_REASON]} ({when} GMT)".replace("\n", " ")
        if self._marker is None or not _write(self._marker, reason):
            self._unwritten = reason
        self.reason()

    def clear(self) -> None:
        """Forget the damage: the ledger was verified since, and is sound."""
        self._unwritten = None
        if self._marker is not None:
            self._marker.unlink(missing_ok=True)


def _read(marker: Path | None) -> str | None:
    """The reason in the marker. One that cannot be read, or is empty, is a marker all the same."""
    if marker is None:
        return None
    try:
        return marker.read_text(errors="replace").strip() or "no reason is known"
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"the file {marker.name} cannot be read: {error.strerror}"


def _write(marker: Path, reason: str) -> bool:
    """Whether there is a marker now; one that another process made meanwhile stays."""
    try:
        descriptor = os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return True
    except OSError:
        return False
    # On a full disk it stays empty, and is a marker all the same.
    with suppress(OSError), os.fdopen(descriptor, "w") as file:
        file.write(f"{reason}\n")
        file.flush()
        os.fsync(descriptor)
    return True
