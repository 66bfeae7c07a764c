"""The latest word of each handset on each short code, which may be STOP."""

from alembic import op

revision = "0004"
down_revision = "0003"

# `word` is the first word of the latest MO, upper-case; it outlives the message.
_STATEMENTS = (
    """CREATE TABLE last_word (
    program_id bigint NOT NULL,
    short_code text COLLATE "C" NOT NULL,
    number text COLLATE "C" NOT NULL,
    date bigint NOT NULL,
    serial bigint NOT NULL,
    word text COLLATE "C" NOT NULL,
    PRIMARY KEY (program_id, short_code, number)
)""",
    "CREATE INDEX last_word_word ON last_word (program_id, short_code, word, number)",
)


def upgrade() -> None:
    """Make the table of latest words."""
    for statement in _STATEMENTS:
        op.execute(statement)
