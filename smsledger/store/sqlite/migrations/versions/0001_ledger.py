"""The ledger: programs, messages, histories, receipts, unrouted messages, credentials."""

import secrets

from alembic import op

revision = "0001"
down_revision = None

# message_change has no reader yet: the change feed (CONTRACT section 4) reads by it, and an index
# that is there from the beginning need not be built on a full ledger.
_TABLES = """
CREATE TABLE ledger (
    epoch TEXT NOT NULL
);

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

CREATE TABLE program_counter (
    program_id INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
);

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
    UNIQUE (gateway, id, content)
);

CREATE INDEX unrouted_waiting ON unrouted_message (ordinal) WHERE program_id IS NULL;

CREATE INDEX unrouted_received ON unrouted_message (received_at);

CREATE TABLE gateway_seen (
    gateway TEXT PRIMARY KEY,
    last_mo INTEGER,
    last_receipt INTEGER
) WITHOUT ROWID;

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
) WITHOUT ROWID
"""


def upgrade() -> None:
    """Make the tables of an empty ledger and give it its epoch."""
    for statement in _TABLES.split(";\n"):
        op.execute(statement)
    op.execute(f"INSERT INTO ledger (epoch) VALUES ('{secrets.token_hex(8)}')")
