"""Who is signed in, who is invited, who used a credential when, and who exported what."""

from alembic import op

revision = "0006"
down_revision = "0005"

# A session and an invitation are known by the digest of the token that their owner has. A session
# lasts no longer than the secret that it was begun with. The log of exports outlives credentials
# and programs, so it refers to neither; of an export's messages it counts those from `skipped` on
# until `reached`.
_STATEMENTS = (
    """CREATE TABLE session (
    digest BLOB PRIMARY KEY,
    username TEXT NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    secret_digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID""",
    "CREATE INDEX session_username ON session (username)",
    """CREATE TABLE invitation (
    digest BLOB PRIMARY KEY,
    username TEXT NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    overlap INTEGER NOT NULL,
    used_at INTEGER
) WITHOUT ROWID""",
    """CREATE TABLE credential_use (
    username TEXT PRIMARY KEY REFERENCES credential (username) ON DELETE CASCADE,
    last_used_at INTEGER NOT NULL
) WITHOUT ROWID""",
    """CREATE TABLE export_log (
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
) WITHOUT ROWID""",
    "CREATE INDEX export_log_began ON export_log (began_at, export_id)",
    "CREATE INDEX export_log_username ON export_log (username, began_at, export_id)",
    "CREATE INDEX export_log_program ON export_log (program_id, began_at, export_id)",
)


def upgrade() -> None:
    """Make the tables of the console."""
    for statement in _STATEMENTS:
        op.execute(statement)
