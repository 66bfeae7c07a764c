"""What is left of an erased message: its id, and the number of its erasure."""

from alembic import op

revision = "0002"
down_revision = "0001"

# `compatible_since` stays: a release that knows no tombstones leaves them where they are.
_STATEMENTS = (
    """CREATE TABLE tombstone (
    program_id bigint NOT NULL,
    change bigint NOT NULL,
    erased_at bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    PRIMARY KEY (program_id, change)
)""",
    "CREATE INDEX tombstone_erased ON tombstone (program_id, erased_at)",
)


def upgrade() -> None:
    """Make the table of tombstones."""
    for statement in _STATEMENTS:
        op.execute(statement)
