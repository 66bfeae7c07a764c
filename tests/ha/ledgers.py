"""Ledgers in PostgreSQL."""

from smsledger.store import migrate
from tests.cluster import Cluster, run
from tests.making import PROGRAM
from tests.outermost.ledgers import add_program
from tests.postgres_programs import program

_IN_ORDER = f"SELECT id, serial FROM message WHERE program_id = {PROGRAM} ORDER BY date, serial"


def make_ledger(url: str) -> str:
    """Migrate an empty database and give it its program; its URL again."""
    migrate.upgrade(url)
    add_program(url)
    return url


def url_of(*clusters: Cluster, database: str = "postgres") -> str:
    """One URL for them all; whoever is the primary is found."""
    hosts = ",".join(f"127.0.0.1:{cluster.port}" for cluster in clusters)
    return f"postgresql://postgres@{hosts}/{database}"


def execute(url: str, sql: str) -> str:
    """Run SQL at the primary; values of a row are separated by `|`."""
    place = f"{url}?target_session_attrs=primary"
    return run(
        program("psql"), "-X", "-At", "-v", "ON_ERROR_STOP=1", "-d", place, "-c", sql
    ).strip()


def serials_of(url: str) -> dict[str, int]:
    """The serials of all messages by id, in the order of walks; each id is there once."""
    rows = [line.rsplit("|", 1) for line in execute(url, _IN_ORDER).splitlines()]
    serials = {each: int(serial) for each, serial in rows}
    assert len(serials) == len(rows)
    return serials
