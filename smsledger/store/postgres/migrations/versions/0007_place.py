"""The ledger remembers its database, so that no server mistakes a restored dump for it."""

from alembic import op

revision = "0007"
down_revision = "0006"

# `backup_at` marks a copy of a backup that was made of another ledger; see SQLite's migration.
# The other columns are NULL until the ledger is first opened: a database that is made by cloning a
# template, or by these statements alone, learns its own place then. `compatible_since` stays: a
# release that does not know the columns serves the ledger as before.
_STATEMENTS = (
    """ALTER TABLE ledger
    ADD COLUMN backup_at bigint,
    ADD COLUMN system_identifier bigint,
    ADD COLUMN database_oid bigint,
    ADD COLUMN table_oid bigint,
    ADD COLUMN timeline bigint""",
)


def upgrade() -> None:
    """Add the mark, the place and the timeline."""
    for statement in _STATEMENTS:
        op.execute(statement)
