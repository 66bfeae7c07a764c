-- The schema of the last development build, 0010, with the rows of an empty ledger. Commit
-- 6f97511a1267aa561f14b29c463c734049917864 made it by `smsledger migrate`; the dump is that of
-- Python's `sqlite3.Connection.iterdump()`.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0010');
CREATE TABLE campaign (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
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
CREATE TABLE consent_words (
    words TEXT PRIMARY KEY,
    rebuild_due_since INTEGER
) WITHOUT ROWID;
INSERT INTO "consent_words" VALUES('{"opt_out":["STOP","STOPALL","QUIT","END","REVOKE","OPTOUT","CANCEL","UNSUBSCRIBE","OPT OUT","OPT-OUT"],"opt_in":["START","UNSTOP","YES"]}',NULL);
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
;
CREATE TABLE credential_use (
    username TEXT PRIMARY KEY REFERENCES credential (username) ON DELETE CASCADE,
    last_used_at INTEGER NOT NULL
) WITHOUT ROWID;
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
CREATE TABLE gateway_seen (
    gateway TEXT PRIMARY KEY,
    last_mo INTEGER,
    last_receipt INTEGER
) WITHOUT ROWID;
CREATE TABLE invitation (
    digest BLOB PRIMARY KEY,
    username TEXT NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    overlap INTEGER NOT NULL,
    used_at INTEGER
) WITHOUT ROWID;
CREATE TABLE ledger (
    epoch TEXT NOT NULL
, last_program_id INTEGER NOT NULL DEFAULT 100000, reference_version INTEGER NOT NULL DEFAULT 0, compatible_since TEXT NOT NULL DEFAULT '0002', copy_of TEXT, backup_at INTEGER);
INSERT INTO "ledger" VALUES('d7a4f5ac01c9ae8c',100000,0,'0010',NULL,NULL);
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
    fragment BLOB NOT NULL, check_value INTEGER,
    PRIMARY KEY (program_id, date, serial)
) WITHOUT ROWID;
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
CREATE TABLE program_code (
    program_id INTEGER NOT NULL REFERENCES program (id) ON DELETE CASCADE,
    short_code TEXT NOT NULL,
    PRIMARY KEY (program_id, short_code)
) WITHOUT ROWID;
CREATE TABLE program_counter (
    program_id INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
);
INSERT INTO "program_counter" VALUES(0,0);
CREATE TABLE program_keyword (
    short_code TEXT NOT NULL,
    keyword TEXT NOT NULL,
    program_id INTEGER NOT NULL REFERENCES program (id) ON DELETE CASCADE,
    PRIMARY KEY (short_code, keyword)
) WITHOUT ROWID;
CREATE TABLE session (
    digest BLOB PRIMARY KEY,
    username TEXT NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    secret_digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
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
CREATE TABLE tombstone (
    program_id INTEGER NOT NULL,
    change INTEGER NOT NULL,
    id TEXT NOT NULL,
    erased_at INTEGER NOT NULL,
    PRIMARY KEY (program_id, change)
) WITHOUT ROWID;
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
    content BLOB NOT NULL, authorised INTEGER NOT NULL DEFAULT 0,
    UNIQUE (gateway, id, content)
);
CREATE UNIQUE INDEX program_default ON program (short_code) WHERE is_default;
CREATE INDEX message_id ON message (program_id, id_hash);
CREATE INDEX message_number ON message (program_id, number, date, serial);
CREATE INDEX message_status ON message (program_id, delivery_status, date, serial);
CREATE INDEX message_change ON message (program_id, change);
CREATE INDEX orphan_recorded ON orphan_receipt (program_id, recorded_at);
CREATE INDEX unrouted_waiting ON unrouted_message (ordinal) WHERE program_id IS NULL;
CREATE INDEX unrouted_received ON unrouted_message (received_at);
CREATE INDEX tombstone_erased ON tombstone (program_id, erased_at);
CREATE INDEX session_username ON session (username);
CREATE INDEX export_log_began ON export_log (began_at, export_id);
CREATE INDEX export_log_username ON export_log (username, began_at, export_id);
CREATE INDEX export_log_program ON export_log (program_id, began_at, export_id);
CREATE INDEX consent_code ON consent (program_id, short_code, kind, number);
COMMIT;
