"""How many messages there are, kept as they come: by hour and by day."""

from alembic import op

revision = "0004"
down_revision = "0003"

# `period` is 'hour' or 'day', `start` its first instant, GMT. `network` is '' where none is known.
# `segmented` is how many of the messages have said their segments.
_STATEMENTS = (
    """CREATE TABLE message_count (
    program_id INTEGER NOT NULL,
    period TEXT NOT NULL,
    start INTEGER NOT NULL,
    type TEXT NOT NULL,
    delivery_status TEXT NOT NULL,
    network TEXT NOT NULL,
    messages INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    segmented INTEGER NOT NULL,
    PRIMARY KEY (program_id, period, start, type, delivery_status, network)
) WITHOUT ROWID""",
)


def upgrade() -> None:
    """Make the table of counts."""
    for statement in _STATEMENTS:
        op.execute(statement)
