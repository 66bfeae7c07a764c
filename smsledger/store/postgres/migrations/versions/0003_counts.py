"""How many messages there are, kept as they come: by hour and by day."""

from alembic import op

revision = "0003"
down_revision = "0002"

# `period` is 'hour' or 'day', `start` its first instant, GMT. `network` is '' where none is known.
# `segmented` is how many of the messages have said their segments.
_STATEMENTS = (
    """CREATE TABLE message_count (
    program_id bigint NOT NULL,
    period text COLLATE "C" NOT NULL,
    start bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    delivery_status text COLLATE "C" NOT NULL,
    network text COLLATE "C" NOT NULL,
    messages bigint NOT NULL,
    segments bigint NOT NULL,
    segmented bigint NOT NULL,
    PRIMARY KEY (program_id, period, start, type, delivery_status, network)
)""",
)


def upgrade() -> None:
    """Make the table of counts."""
    for statement in _STATEMENTS:
        op.execute(statement)
