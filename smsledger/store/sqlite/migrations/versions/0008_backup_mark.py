"""A backup is marked, so that no server mistakes it for the ledger that it was made of."""

from alembic import op

revision = "0008"
down_revision = "0007"

# `backup_at` is the instant at which a backup was made; NULL in the ledger itself.
# `compatible_since` stays: a release that does not know the mark serves the ledger as before.
_STATEMENTS = ("ALTER TABLE ledger ADD COLUMN backup_at INTEGER",)


def upgrade() -> None:
    """Add the mark."""
    for statement in _STATEMENTS:
        op.execute(statement)
