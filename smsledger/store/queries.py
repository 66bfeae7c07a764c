"""The named queries of an engine: `queries.sql` beside its code, one description a query."""

import re
from pathlib import Path
from types import SimpleNamespace

_HEADING = re.compile(r"^-- ([a-z_]+): .+$", re.MULTILINE)


def load(file: Path) -> SimpleNamespace:
    """The queries of a .sql file as attributes: each begins with a line `-- name: what it does`."""
    pieces = _HEADING.split(file.read_text())[1:]
    named = zip(pieces[::2], pieces[1::2], strict=True)
    return SimpleNamespace(**{name: sql.strip().rstrip(";") for name, sql in named})
