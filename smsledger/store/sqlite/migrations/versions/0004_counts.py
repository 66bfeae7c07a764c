"""How many messages there are, kept as they come: by hour and by day."""

from alembic import op

revision = "0004"
down_revision = "0003"

# `period` is 'hour' or 'day', `start` its first instant, GMT. `network` is '' where none is known.
# `segmented` is how many of the messages have said their segments. All that is there is counted.
# A release that knows no counts would not keep them: none of before can work on the ledger.
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
    """INSERT INTO message_count
    SELECT program_id, 'hour', date - (date % 3600000000 + 3600000000) % 3600000000, type,
           delivery_status, coalesce(network, ''), count(*), coalesce(sum(segments), 0),
           count(segments)
    FROM message GROUP BY 1, 3, 4, 5, 6""",
    """INSERT INTO message_count
    SELECT program_id, 'day', start - (start % 86400000000 + 86400000000) % 86400000000, type,
           delivery_status, network, sum(messages), sum(segments), sum(segmented)
    FROM message_count GROUP BY 1, 3, 4, 5, 6""",
    "UPDATE ledger SET compatible_since = '0004'",
)


def upgrade() -> None:
    """Make the table of counts, and count."""
    for statement in _STATEMENTS:
        op.execute(statement)
