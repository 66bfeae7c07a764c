"""The latest word of each handset on each short code, which may be STOP."""

from alembic import op

revision = "0005"
down_revision = "0004"

# `word` is the first word of the latest MO, upper-case; it outlives the message.
_STATEMENTS = (
    """CREATE TABLE last_word (
    program_id INTEGER NOT NULL,
    short_code TEXT NOT NULL,
    number TEXT NOT NULL,
    date INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (program_id, short_code, number)
) WITHOUT ROWID""",
    "CREATE INDEX last_word_word ON last_word (program_id, short_code, word, number)",
)


def upgrade() -> None:
    """Make the table of latest words."""
    for statement in _STATEMENTS:
        op.execute(statement)
