"""The last opt-out, opt-in and word of each number on each short code."""

from alembic import op

revision = "0010"
down_revision = "0009"

# `consent` replaces `last_word`: a row is the latest event of a kind, dated min(date, first_seen)
# of its message. `program_code` has the short codes that a program has or had. `consent_words` has
# one row: the words by which the rows were judged, and since when they have to be judged again.
#
# Stored messages are judged again by the default words, and by the keywords that there are now. It
# is plain SQL, because an operator may run the printed statements: white space beyond ASCII is the
# no-break space here, and SQLite knows the upper case of ASCII only.
#
# What cannot be decided stays opted out. It is unknown which credential delivered a message, so an
# opt-in counts only on a code that is the program's own, or that no program has (it may have had
# that one). An opt-out counts on every code, unless the credential's limits refused its message.
# Where retention has taken the messages, a last word that is an opt-out remains one.
#
# A release that does not know the table would go on without it, so none before can work on the
# ledger.
_OPT_OUT = (
    "('STOP', 'STOPALL', 'QUIT', 'END', 'REVOKE', 'OPTOUT', 'CANCEL', 'UNSUBSCRIBE', 'OPT OUT', "
    "'OPT-OUT')"
)
_PUNCTUATION = (
    "'.,;:!?¡¿…*\"''()[]“”„‘’«»"  # noqa: RUF001
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff'"
)
_STATEMENTS = (
    """CREATE TABLE program_code (
    program_id INTEGER NOT NULL REFERENCES program (id) ON DELETE CASCADE,
    short_code TEXT NOT NULL,
    PRIMARY KEY (program_id, short_code)
) WITHOUT ROWID""",
    """INSERT INTO program_code (program_id, short_code)
SELECT id, ltrim(short_code, '+') FROM program WHERE ltrim(short_code, '+') > ''""",
    """INSERT OR IGNORE INTO program_code (program_id, short_code)
SELECT DISTINCT program_id, short_code FROM last_word
WHERE short_code > '' AND program_id IN (SELECT id FROM program)
    AND short_code NOT IN (SELECT ltrim(coalesce(short_code, ''), '+') FROM program)""",
    """CREATE TABLE consent_words (
    words TEXT PRIMARY KEY,
    rebuild_due_since INTEGER
) WITHOUT ROWID""",
    """INSERT INTO consent_words (words) VALUES (
'{"opt_out":["STOP","STOPALL","QUIT","END","REVOKE","OPTOUT","CANCEL","UNSUBSCRIBE","OPT OUT",'
|| '"OPT-OUT"],"opt_in":["START","UNSTOP","YES"]}'
)""",
    "ALTER TABLE unrouted_message ADD COLUMN authorised INTEGER NOT NULL DEFAULT 0",
    """CREATE TABLE consent (
    program_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    short_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    date INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (program_id, number, short_code, kind)
) WITHOUT ROWID""",
    f"""INSERT OR REPLACE INTO consent (program_id, number, short_code, kind, date, serial, word)
SELECT program_id, number, short_code, kind, date, serial, word
FROM (
    SELECT program_id, number, short_code, own, date, serial,
           iif(first = 'OPT' AND second = 'OUT', 'OPT OUT', first) AS word
    FROM (
        SELECT program_id, number, short_code, own, date, serial,
               upper(trim(substr(first, 1, 64), {_PUNCTUATION})) AS first,
               upper(trim(substr(rest, 1, min(64, instr(rest || ' ', ' ') - 1)), {_PUNCTUATION}))
                   AS second
        FROM (
            SELECT *, ltrim(substr(text, length(first) + 1)) AS rest
            FROM (
                SELECT *, substr(text, 1, instr(text || ' ', ' ') - 1) AS first
                FROM (
                    SELECT message.program_id, message.number, message.serial,
                           min(message.date, message.first_seen) AS date,
                           ltrim(coalesce(message.short_code, program.short_code, ''), '+')
                               AS short_code,
                           ltrim(coalesce(message.short_code, ''), '+') = ''
                               OR program_code.program_id IS NOT NULL AS own,
                           ltrim(replace(replace(replace(replace(
                               json_extract(CAST(message.fragment AS TEXT), '$.body'),
                               char(9), ' '), char(10), ' '), char(13), ' '), char(160), ' '))
                               AS text
                    FROM message
                    LEFT JOIN program ON program.id = message.program_id
                    LEFT JOIN program_code ON program_code.program_id = message.program_id
                        AND program_code.short_code = ltrim(message.short_code, '+')
                    WHERE message.type = 'MO'
                    UNION ALL
                    SELECT 0, sender, ordinal, min(coalesce(date, received_at), received_at),
                           ltrim(short_code, '+'), 0,
                           ltrim(replace(replace(replace(replace(
                               body, char(9), ' '), char(10), ' '), char(13), ' '), char(160), ' '))
                    FROM unrouted_message
                    WHERE program_id IS NULL AND ltrim(short_code, '+') > ''
                        AND length(sender) BETWEEN 3 AND 20 AND sender NOT GLOB '*[^0-9]*'
                        AND reason NOT LIKE 'the credential may not ingest%'
                )
            )
        )
    )
) AS said
JOIN (SELECT 'word' AS kind UNION ALL SELECT 'opt_out' UNION ALL SELECT 'opt_in') AS kinds
    ON CASE kind
        WHEN 'word' THEN own OR program_id = 0
        WHEN 'opt_out' THEN word IN {_OPT_OUT}
        ELSE own AND word NOT IN {_OPT_OUT} AND (
            word IN ('START', 'UNSTOP', 'YES') OR EXISTS (
                SELECT 1 FROM program_keyword
                WHERE program_keyword.short_code = said.short_code AND keyword = said.word
            )
        )
    END
ORDER BY date, serial""",
    f"""INSERT INTO consent (program_id, number, short_code, kind, date, serial, word)
SELECT program_id, number, short_code, kind, date, serial, word
FROM last_word
JOIN (SELECT 'word' AS kind UNION ALL SELECT 'opt_out') AS kinds
    ON kind = 'word' OR word IN {_OPT_OUT}
WHERE NOT EXISTS (
    SELECT 1 FROM message WHERE message.program_id = last_word.program_id
    AND message.date = last_word.date AND message.serial = last_word.serial
) AND NOT (
    program_id = 0 AND EXISTS (SELECT 1 FROM unrouted_message WHERE ordinal = last_word.serial)
)
ON CONFLICT (program_id, number, short_code, kind) DO UPDATE
SET date = excluded.date, serial = excluded.serial, word = excluded.word
WHERE (excluded.date, excluded.serial) > (consent.date, consent.serial)""",
    "CREATE INDEX consent_code ON consent (program_id, short_code, kind, number)",
    "DROP TABLE last_word",
    "UPDATE ledger SET compatible_since = '0010'",
)


def upgrade() -> None:
    """Make the tables of consent, and fill them from the messages that there are."""
    for statement in _STATEMENTS:
        op.execute(statement)
