"""The named queries: those of `sql/common.sql`, and each engine's `queries.sql`."""

import re
from pathlib import Path

COMMON = Path(__file__).parent / "sql/common.sql"
_HEADING = re.compile(r"^-- ([a-z_]+): .+$", re.MULTILINE)
_NAME = re.compile(r"(?<!:):([a-z_]+)")  # and no cast


def load(*files: Path) -> dict[str, str]:
    """Return the queries of .sql files by name; each begins with `-- name: what it does`."""
    pieces = _HEADING.split("\n".join(file.read_text() for file in files))[1:]
    named = zip(pieces[::2], pieces[1::2], strict=True)
    return {name: sql.strip().rstrip(";") for name, sql in named}


def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return a query with `$1` for its first `:name` and so on, and the names in this order.

    The program is always `$1`.
    """
    names = tuple(sorted(dict.fromkeys(_NAME.findall(sql)), key=lambda name: name != "program_id"))
    return _NAME.sub(lambda found: f"${names.index(found[1]) + 1}", sql), names
