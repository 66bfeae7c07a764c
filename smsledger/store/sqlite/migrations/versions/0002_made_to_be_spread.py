"""No query of a message's tables without its program; copies; releases side by side."""

from alembic import op

revision = "0002"
down_revision = "0001"

# last_program_id: the highest id that a program ever had.
# reference_version: counts the changes of programs and credentials.
# compatible_since: the oldest schema whose release can work on this one.
# copy_of: the epoch of the ledger that is being copied into this one; until that is done, nobody
# serves it.
_STATEMENTS = (
    "ALTER TABLE ledger ADD COLUMN last_program_id INTEGER NOT NULL DEFAULT 100000",
    "ALTER TABLE ledger ADD COLUMN reference_version INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE ledger ADD COLUMN compatible_since TEXT NOT NULL DEFAULT '0002'",
    "ALTER TABLE ledger ADD COLUMN copy_of TEXT",
    """UPDATE ledger SET last_program_id =
    max(100000, (SELECT coalesce(max(program_id), 0) FROM program_counter))""",
    "INSERT INTO program_counter (program_id, last) VALUES (0, 0)",
)


def upgrade() -> None:
    """Give the ledger what both engines have."""
    for statement in _STATEMENTS:
        op.execute(statement)
