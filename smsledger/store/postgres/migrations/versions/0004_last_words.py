"""The latest word of each handset on each short code, which may be STOP."""

from alembic import op

revision = "0004"
down_revision = "0003"

# `word` is the first word of the latest MO, upper case; it outlives the message.
#
# What the ledger holds already is read by plain SQL, as whoever migrates by the printed statements
# has nothing else: white space and upper case beyond ASCII are what the database's locale knows,
# but for the no-break space.
_STATEMENTS = (
    """CREATE TABLE last_word (
    program_id bigint NOT NULL,
    date bigint NOT NULL,
    serial bigint NOT NULL,
    number text COLLATE "C" NOT NULL,
    short_code text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    PRIMARY KEY (program_id, number, short_code)
)""",
    "CREATE INDEX last_word_word ON last_word (program_id, short_code, word, number)",
    r"""INSERT INTO last_word (program_id, number, short_code, date, serial, word)
SELECT program_id, number, short_code, date, serial, coalesce(upper(btrim(
           left(substring(replace(
               convert_from(fragment, 'UTF8')::json ->> 'body', chr(160), ' '
           ) from '^\s*(\S+)'), 64),
           '.,;:!?¡¿…*"''()[]“”„‘’«»'
       )), '')
FROM (
    SELECT DISTINCT ON (message.program_id, number, said_on)
           message.program_id, number,
           ltrim(coalesce(message.short_code, program.short_code, ''), '+') AS said_on,
           date, serial, fragment
    FROM message LEFT JOIN program ON program.id = message.program_id
    WHERE message.type = 'MO'
    ORDER BY message.program_id, number, said_on, date DESC, serial DESC
) AS latest (program_id, number, short_code, date, serial, fragment)""",  # noqa: RUF001
    r"""INSERT INTO last_word (program_id, number, short_code, date, serial, word)
SELECT DISTINCT ON (sender, said_on) 0, sender, ltrim(short_code, '+') AS said_on,
       least(date, received_at) AS said_at, ordinal, coalesce(upper(btrim(
           left(substring(replace(body, chr(160), ' ') from '^\s*(\S+)'), 64),
           '.,;:!?¡¿…*"''()[]“”„‘’«»'
       )), '')
FROM unrouted_message
WHERE program_id IS NULL AND ltrim(short_code, '+') > '' AND sender ~ '^[0-9]{3,20}$'
ORDER BY sender, said_on, said_at DESC, ordinal DESC""",  # noqa: RUF001
)


def upgrade() -> None:
    """Make the table of latest words, and fill it."""
    for statement in _STATEMENTS:
        op.execute(statement)
