"""How many messages there are, kept as they come: by hour and by day."""

from alembic import op

revision = "0003"
down_revision = "0002"

# `period` is 'hour' or 'day', `start` its first instant, GMT. `network` is '' where none is known.
# `segmented` is how many of the messages have said their segments. All that is there is counted.
# A release that knows no counts would not keep them: none of before can work on the ledger.
#
# The rows of the present hour and day are written by every commit of their program: half of each
# page is left free for their next versions.
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
) WITH (fillfactor = 50)""",
    "LOCK TABLE message IN SHARE MODE",
    """INSERT INTO message_count
    SELECT program_id, 'hour', date - mod(mod(date, 3600000000) + 3600000000, 3600000000),
           type, delivery_status, coalesce(network, ''), count(*), coalesce(sum(segments), 0),
           count(segments)
    FROM message GROUP BY 1, 3, 4, 5, 6""",
    """INSERT INTO message_count
    SELECT program_id, 'day', start - mod(mod(start, 86400000000) + 86400000000, 86400000000),
           type, delivery_status, network, sum(messages), sum(segments), sum(segmented)
    FROM message_count GROUP BY 1, 3, 4, 5, 6""",
    "UPDATE ledger SET compatible_since = '0003'",
)


def upgrade() -> None:
    """Make the table of counts, and count."""
    for statement in _STATEMENTS:
        op.execute(statement)
