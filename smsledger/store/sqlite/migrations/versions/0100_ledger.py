"""The initial schema of a ledger in SQLite."""

from alembic import op

revision = "0100"
down_revision = None

# It is the schema with which development ended (`smsledger/store/development.py`), and has traces
# of it: columns that were added later are the last of their tables, and some have a default that
# no statement uses. A build of that time can work on it, so `compatible_since` is its revision.
_SCHEMA = """
-- The ledger itself: one row.
-- epoch: changes when the numbers of the ledger go back, as they do in a restored backup.
-- last_program_id: the highest id that a program ever had.
-- reference_version: counts the changes of programs and credentials.
-- compatible_since: the oldest schema whose release can work on this one.
-- copy_of: the epoch of the ledger that is being copied into this one. Until that is done, no
-- server serves it.
-- backup_at: when this backup was made; NULL in the ledger itself.
CREATE TABLE ledger (
    epoch TEXT NOT NULL,
    last_program_id INTEGER NOT NULL DEFAULT 100000,
    reference_version INTEGER NOT NULL DEFAULT 0,
    compatible_since TEXT NOT NULL DEFAULT '0002',
    copy_of TEXT,
    backup_at INTEGER
);

-- Programs. program_code has the short codes that a program has or had.
CREATE TABLE campaign (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE program (
    id INTEGER PRIMARY KEY,
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    name TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    short_code TEXT,
    is_default INTEGER NOT NULL,
    active INTEGER NOT NULL,
    since INTEGER NOT NULL
);

CREATE UNIQUE INDEX program_default ON program (short_code) WHERE is_default;

CREATE TABLE program_keyword (
    short_code TEXT NOT NULL,
    keyword TEXT NOT NULL,
    program_id INTEGER NOT NULL REFERENCES program (id) ON DELETE CASCADE,
    PRIMARY KEY (short_code, keyword)
) WITHOUT ROWID;

CREATE TABLE program_code (
    program_id INTEGER NOT NULL REFERENCES program (id) ON DELETE CASCADE,
    short_code TEXT NOT NULL,
    PRIMARY KEY (program_id, short_code)
) WITHOUT ROWID;

-- The last number that each program has given: every message and every change gets the next one.
-- Program 0 is that of messages that found no program.
CREATE TABLE program_counter (
    program_id INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
);

-- Messages. A page is their fragments, joined. id_hash takes a quarter of the space of an id in the
-- index. check_value shows damage; it is NULL in rows that were last written by a build without it.
CREATE TABLE message (
    program_id INTEGER NOT NULL,
    date INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    change INTEGER NOT NULL,
    id TEXT NOT NULL,
    id_hash INTEGER NOT NULL,
    type TEXT NOT NULL,
    delivery_status TEXT NOT NULL,
    first_status TEXT NOT NULL,
    number TEXT NOT NULL,
    network TEXT,
    short_code TEXT,
    gateway TEXT,
    segments INTEGER,
    error_code TEXT,
    date_given INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    fragment BLOB NOT NULL,
    check_value INTEGER,
    PRIMARY KEY (program_id, date, serial)
) WITHOUT ROWID;

CREATE INDEX message_id ON message (program_id, id_hash);

CREATE INDEX message_number ON message (program_id, number, date, serial);

CREATE INDEX message_status ON message (program_id, delivery_status, date, serial);

CREATE INDEX message_change ON message (program_id, change);

CREATE TABLE status_history (
    program_id INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    change INTEGER NOT NULL,
    delivery_status TEXT,
    date INTEGER,
    recorded_at INTEGER NOT NULL,
    network TEXT,
    gateway TEXT,
    error_code TEXT,
    text TEXT,
    raw BLOB,
    PRIMARY KEY (program_id, serial, change)
) WITHOUT ROWID;

-- Receipts whose message has not arrived.
CREATE TABLE orphan_receipt (
    program_id INTEGER NOT NULL,
    id_hash INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    id TEXT NOT NULL,
    delivery_status TEXT,
    date INTEGER,
    recorded_at INTEGER NOT NULL,
    number TEXT,
    network TEXT,
    gateway TEXT,
    error_code TEXT,
    text TEXT,
    raw BLOB,
    PRIMARY KEY (program_id, id_hash, id, ordinal)
) WITHOUT ROWID;

CREATE INDEX orphan_recorded ON orphan_receipt (program_id, recorded_at);

-- What is left of an erased message: its id, and the number of its erasure.
CREATE TABLE tombstone (
    program_id INTEGER NOT NULL,
    change INTEGER NOT NULL,
    id TEXT NOT NULL,
    erased_at INTEGER NOT NULL,
    PRIMARY KEY (program_id, change)
) WITHOUT ROWID;

CREATE INDEX tombstone_erased ON tombstone (program_id, erased_at);

-- What is derived from messages, in the transaction that writes them.
-- message_count: period is 'hour' or 'day', start its first instant, GMT. network is '' where none
-- is known. segmented counts the messages whose segments are known.
CREATE TABLE message_count (
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
) WITHOUT ROWID;

-- consent: the latest event of each kind ('opt_out', 'opt_in', 'word'), dated
-- min(date, first_seen) of its message. It outlives the message.
CREATE TABLE consent (
    program_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    short_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    date INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (program_id, number, short_code, kind)
) WITHOUT ROWID;

CREATE INDEX consent_code ON consent (program_id, short_code, kind, number);

-- consent_words: one row, the words by which consent was judged, and since when it has to be
-- judged again.
CREATE TABLE consent_words (
    words TEXT PRIMARY KEY,
    rebuild_due_since INTEGER
) WITHOUT ROWID;

-- Messages of gateways that found no program. content is a digest that tells a message from others
-- with the same id. authorised: its credential may deliver opt-outs to its short code.
CREATE TABLE unrouted_message (
    ordinal INTEGER PRIMARY KEY,
    gateway TEXT NOT NULL,
    id TEXT NOT NULL,
    sender TEXT NOT NULL,
    short_code TEXT,
    body TEXT NOT NULL,
    date INTEGER,
    network TEXT,
    segments INTEGER,
    remark TEXT,
    raw BLOB,
    reason TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    program_id INTEGER,
    content BLOB NOT NULL,
    authorised INTEGER NOT NULL DEFAULT 0,
    UNIQUE (gateway, id, content)
);

CREATE INDEX unrouted_waiting ON unrouted_message (ordinal) WHERE program_id IS NULL;

CREATE INDEX unrouted_received ON unrouted_message (received_at);

-- When each gateway last delivered.
CREATE TABLE gateway_seen (
    gateway TEXT PRIMARY KEY,
    last_mo INTEGER,
    last_receipt INTEGER
) WITHOUT ROWID;

-- Credentials. Secrets, and the tokens of sessions and invitations, are stored as digests only. A
-- session ends with the secret with which it began.
CREATE TABLE credential (
    username TEXT PRIMARY KEY,
    scopes TEXT NOT NULL,
    expires_at INTEGER,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE credential_program (
    username TEXT NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    program_id INTEGER NOT NULL,
    PRIMARY KEY (username, program_id)
) WITHOUT ROWID;

CREATE TABLE credential_secret (
    username TEXT NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (username, digest)
) WITHOUT ROWID;

CREATE TABLE credential_use (
    username TEXT PRIMARY KEY REFERENCES credential (username) ON DELETE CASCADE,
    last_used_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
    digest BLOB PRIMARY KEY,
    username TEXT NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    secret_digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX session_username ON session (username);

CREATE TABLE invitation (
    digest BLOB PRIMARY KEY,
    username TEXT NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    overlap INTEGER NOT NULL,
    used_at INTEGER
) WITHOUT ROWID;

-- The log of exports. It outlives credentials and programs, so it refers to neither. Of the
-- messages of an export it counts those from skipped on until reached.
CREATE TABLE export_log (
    export_id BLOB PRIMARY KEY,
    began_at INTEGER NOT NULL,
    username TEXT NOT NULL,
    program_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    filters TEXT NOT NULL,
    skipped INTEGER NOT NULL,
    reached INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    complete INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX export_log_began ON export_log (began_at, export_id);

CREATE INDEX export_log_username ON export_log (username, began_at, export_id);

CREATE INDEX export_log_program ON export_log (program_id, began_at, export_id);

-- The rows of an empty ledger.
INSERT INTO ledger (epoch, last_program_id, reference_version, compatible_since)
VALUES (lower(hex(randomblob(8))), 100000, 0, '0010');

INSERT INTO program_counter (program_id, last) VALUES (0, 0);

INSERT INTO consent_words (words) VALUES (
'{"opt_out":["STOP","STOPALL","QUIT","END","REVOKE","OPTOUT","CANCEL","UNSUBSCRIBE","OPT OUT",'
|| '"OPT-OUT"],"opt_in":["START","UNSTOP","YES"]}'
)
"""


def upgrade() -> None:
    """Create the tables of an empty ledger and give it its epoch."""
    for statement in _SCHEMA.split(";\n"):
        op.execute(statement)
