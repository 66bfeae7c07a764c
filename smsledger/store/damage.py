"""Knowledge of damage to a ledger: once a process has met damage, no process stores anything.

The first process that meets damage writes the reason to a file, the marker. The others check for
the marker before they acknowledge a commit. A SQLite ledger has its marker next to it, so it stays
after a restart. `smsledger verify` removes the marker if it finds the ledger sound.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from smsledger.errors import StoreDamaged
from smsledger.ledger import instant

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
        """Return why the ledger counts as damaged, or None."""
        reason = self._unwritten or _read(self._marker)
        if reason is None:
            self._reported = False
        elif not self._reported:
            self._reported = True
            self._on_damage(reason)
        return reason

    def require_none(self) -> None:
        """Check that the ledger is not known to be damaged.

        Raises:
            StoreDamaged: the ledger is known to be damaged.
        """
        reason = self.reason()
        if reason is not None:
            raise StoreDamaged(reason)

    def note(self, cause: BaseException) -> None:
        """Record damage; the first reason is kept."""
        if self.reason() is not None:
            return
        when = instant.render_micros(instant.now())
        reason = f"{str(cause)[:MAX_REASON]} ({when} GMT)".replace("\n", " ")
        if self._marker is None or not _write(self._marker, reason):
            self._unwritten = reason
        self.reason()

    def clear(self) -> None:
        """Forget the damage, after a verification found the ledger sound."""
        self._unwritten = None
        if self._marker is not None:
            self._marker.unlink(missing_ok=True)


def _read(marker: Path | None) -> str | None:
    """Return the reason in the marker, or None. An unreadable or empty file is a marker too."""
    if marker is None:
        return None
    try:
        return marker.read_text(errors="replace").strip() or "no reason is known"
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"the file {marker.name} cannot be read: {error.strerror}"


def _write(marker: Path, reason: str) -> bool:
    """Create the marker unless another process has; return whether there is one now."""
    try:
        descriptor = os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return True
    except OSError:
        return False
    # On a full disk it stays empty, and is still a marker.
    with suppress(OSError), os.fdopen(descriptor, "w") as file:
        file.write(f"{reason}\n")
        file.flush()
        os.fsync(descriptor)
    return True
