"""What is left of an erased message: its id, and the number of its erasure."""

from alembic import op

revision = "0003"
down_revision = "0002"

# `compatible_since` stays: a release that knows no tombstones leaves them where they are.
_STATEMENTS = (
    """CREATE TABLE tombstone (
    program_id INTEGER NOT NULL,
    change INTEGER NOT NULL,
    id TEXT NOT NULL,
    erased_at INTEGER NOT NULL,
    PRIMARY KEY (program_id, change)
) WITHOUT ROWID""",
    "CREATE INDEX tombstone_erased ON tombstone (program_id, erased_at)",
)


def upgrade() -> None:
    """Make the table of tombstones."""
    for statement in _STATEMENTS:
        op.execute(statement)
