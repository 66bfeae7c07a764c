"""Who is signed in, who is invited, who used a credential when, and who exported what."""

from alembic import op

revision = "0005"
down_revision = "0004"

# A session and an invitation are known by the digest of the token that their owner has. A session
# lasts no longer than the secret that it was begun with. The log of exports outlives credentials
# and programs, so it refers to neither; of an export's messages it counts those from `skipped` on
# until `reached`.
_STATEMENTS = (
    """CREATE TABLE session (
    digest bytea PRIMARY KEY,
    username text COLLATE "C" NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    secret_digest bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
)""",
    "CREATE INDEX session_username ON session (username)",
    """CREATE TABLE invitation (
    digest bytea PRIMARY KEY,
    username text COLLATE "C" NOT NULL REFERENCES credential (username) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    overlap bigint NOT NULL,
    used_at bigint
)""",
    """CREATE TABLE credential_use (
    username text COLLATE "C" PRIMARY KEY REFERENCES credential (username) ON DELETE CASCADE,
    last_used_at bigint NOT NULL
)""",
    """CREATE TABLE export_log (
    export_id bytea PRIMARY KEY,
    began_at bigint NOT NULL,
    username text COLLATE "C" NOT NULL,
    program_id bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    filters text NOT NULL,
    skipped bigint NOT NULL,
    reached bigint NOT NULL,
    updated_at bigint NOT NULL,
    complete boolean NOT NULL
)""",
    "CREATE INDEX export_log_began ON export_log (began_at, export_id)",
    "CREATE INDEX export_log_username ON export_log (username, began_at, export_id)",
    "CREATE INDEX export_log_program ON export_log (program_id, began_at, export_id)",
)


def upgrade() -> None:
    """Make the tables of the console."""
    for statement in _STATEMENTS:
        op.execute(statement)
