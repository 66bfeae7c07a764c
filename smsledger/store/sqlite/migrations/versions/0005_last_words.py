"""The latest word of each handset on each short code, which may be STOP."""

from alembic import op

revision = "0005"
down_revision = "0004"

# `word` is the first word of the latest MO, upper case; it outlives the message.
#
# What the ledger holds already is read in the order of messages, so that the last word stays. It
# is plain SQL, as whoever migrates by the printed statements has nothing else: white space beyond
# ASCII is the no-break space here, and SQLite knows the upper case of ASCII only.
_STATEMENTS = (
    """CREATE TABLE last_word (
    program_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    short_code TEXT NOT NULL,
    date INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (program_id, number, short_code)
) WITHOUT ROWID""",
    "CREATE INDEX last_word_word ON last_word (program_id, short_code, word, number)",
    """INSERT OR REPLACE INTO last_word (program_id, number, short_code, date, serial, word)
SELECT program_id, number, short_code, date, serial,
       upper(trim(
           substr(text, 1, min(64, instr(text || ' ', ' ') - 1)),
           '.,;:!?¡¿…*"''()[]“”„‘’«»'
       ))
FROM (
    SELECT message.program_id, message.number, message.date, message.serial,
           ltrim(coalesce(message.short_code, program.short_code, ''), '+') AS short_code,
           ltrim(replace(replace(replace(replace(
               json_extract(CAST(message.fragment AS TEXT), '$.body'),
               char(9), ' '), char(10), ' '), char(13), ' '), char(160), ' ')) AS text
    FROM message LEFT JOIN program ON program.id = message.program_id
    WHERE message.type = 'MO'
    UNION ALL
    SELECT 0, sender, min(coalesce(date, received_at), received_at), ordinal,
           ltrim(short_code, '+'),
           ltrim(replace(replace(replace(replace(
               body, char(9), ' '), char(10), ' '), char(13), ' '), char(160), ' '))
    FROM unrouted_message
    WHERE program_id IS NULL AND ltrim(short_code, '+') > ''
        AND length(sender) BETWEEN 3 AND 20 AND sender NOT GLOB '*[^0-9]*'
)
ORDER BY program_id, date, serial""",  # noqa: RUF001
)


def upgrade() -> None:
    """Make the table of latest words, and fill it."""
    for statement in _STATEMENTS:
        op.execute(statement)
