"""A ledger of an earlier schema, and what its release has written into it."""

from contextlib import contextmanager

from alembic import command

from smsledger.store import migrate
from smsledger.store.sqlite.posting import hash_of
from smsledger.store.url import engine_of
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY

_PROGRAM = f"""INSERT INTO program
    (id, campaign_id, name, type, short_code, is_default, active, since)
    VALUES ({PROGRAM}, 1, 'Summer Sale', 'Text to Join', '20880', {{false}}, {{true}}, 0)"""


@contextmanager
def new_old_ledger(engine, revisions, request):
    """The URL of a ledger with one program, of the engine's schema among `revisions`."""
    if engine == "sqlite":
        url = f"sqlite:///{request.getfixturevalue('tmp_path')}/old.db"
        yield _filled(url, revisions[engine])
        return
    with request.getfixturevalue("databases").clone("template0") as url:
        yield _filled(url, revisions[engine])


def _filled(url, revision):
    command.upgrade(migrate._config(url), revision)
    flags = {"false": 0, "true": 1} if engine_of(url) == "sqlite" else {"false": "f", "true": "t"}
    flags = {name: f"'{value}'" for name, value in flags.items()}
    execute(url, "INSERT INTO campaign (id, name) VALUES (1, 'Default Campaign')")
    execute(url, _PROGRAM.format(**flags))
    execute(url, f"INSERT INTO program_counter (program_id, last) VALUES ({PROGRAM}, 0)")
    return url


def insert_message(url, serial, **what_matters):
    """Put a message into it; `None`, texts and bytes as the columns have them."""
    columns = {
        "program_id": PROGRAM,
        "date": YESTERDAY,
        "serial": serial,
        "change": serial,
        "id": f"m-{serial}",
        "type": "MT",
        "delivery_status": "Sent",
        "first_status": "Sent",
        "number": "15556667777",
        "date_given": "1",
        "first_seen": YESTERDAY,
        "updated_at": YESTERDAY,
        "fragment": '{"body":"Hi"}',
        **what_matters,
    }
    if engine_of(url) == "sqlite":
        columns["id_hash"] = hash_of(columns["id"])
    values = ", ".join(_literal(engine_of(url), value) for value in columns.values())
    execute(url, f"INSERT INTO message ({', '.join(columns)}) VALUES ({values})")
    execute(url, f"UPDATE program_counter SET last = {serial} WHERE program_id = {PROGRAM}")


def _literal(engine, value):
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'" if engine == "sqlite" else f"'\\x{value.hex()}'"
    return str(value) if isinstance(value, int) else f"'{value}'"
