"""A check value for each message, by which damage is noticed."""

from alembic import op

revision = "0006"
down_revision = "0005"

# Rows without a value are unchecked: they get one when they are written next. An earlier release
# would change a message and leave its old value, which then looks like damage.
_STATEMENTS = (
    "ALTER TABLE message ADD COLUMN check_value bigint",
    "UPDATE ledger SET compatible_since = '0006'",
)


def upgrade() -> None:
    """Add the column."""
    for statement in _STATEMENTS:
        op.execute(statement)
