"""Who follows a how-to page sees what it shows."""

import asyncio
from pathlib import Path

import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope, Unrouted
from smsledger.store import open_store
from smsledger.store.store import Store
from tests.databases import Databases
from tests.docs.pages import HOW_TO
from tests.docs.shell import Shell, needs_curl
from tests.making import PROGRAM, make_message, make_program
from tests.server import Server, free_port

pytestmark = pytest.mark.engines("sqlite")  # it is about the file

# What systemd does with the unit of docs/how-to/operate.md, as far as a page needs it.
SYSTEMCTL = """systemctl() {
    case $1 in
    stop) kill "$server"; wait "$server" ;;
    start) smsledger serve > server.log 2>&1 & server=$!
        until curl -sf -o ready "$URL/readyz"; do sleep 0.1; done ;;
    esac
}"""


@pytest.fixture
async def waiting(store: Store) -> None:
    """Three messages of a gateway that found no program."""
    reasons = {20881: "no program on short code 20881"}
    for sender, code in (("15556667777", 20881), ("15556668888", 20881), ("SHOP", 20880)):
        message = Unrouted(
            gateway="kannel",
            id=f"id-{sender}",
            sender=sender,
            body="HELLO",
            reason=reasons.get(code, "the sender is not a number of 3 to 20 digits"),
            received_at=instant.now(),
            short_code=str(code),
        )
        await store.keep_unrouted(message)


def shell_at(ledger: Path, **environment: str) -> Shell:
    """A shell in the directory of a ledger."""
    return Shell(ledger, SMSLEDGER_STORE="sqlite:///ledger.db", **environment)


@pytest.mark.parametrize("page", ["import", "provisioning"])
def test_a_page_of_the_command_line_does_what_it_shows(
    store_url: str, tmp_path: Path, page: str
) -> None:
    with shell_at(tmp_path) as shell:
        shell.follow(HOW_TO / f"{page}.md")


def test_the_page_of_the_unrouted_does_what_it_shows(
    store_url: str, waiting: None, tmp_path: Path
) -> None:
    with shell_at(tmp_path) as shell:
        shell.follow(HOW_TO / "route-unrouted.md")


@pytest.mark.engines("postgres")
def test_the_page_of_postgresql_does_what_it_shows(
    engine: str, databases: Databases, tmp_path: Path
) -> None:
    with (
        databases.clone("template0") as url,
        Shell(tmp_path, SMSLEDGER_STORE=url) as shell,
    ):
        shell.follow(HOW_TO / "postgresql.md")


@needs_curl
@pytest.mark.parametrize("page", ["ingest", "operate"])
def test_a_page_of_the_server_does_what_it_shows(server: Server, tmp_path: Path, page: str) -> None:
    credential = ":".join(server.auth)
    with shell_at(tmp_path, url=server.program_url, credential=credential) as shell:
        shell.follow(HOW_TO / f"{page}.md", server.port)


@pytest.fixture
def ledger(empty_store_url: str, tmp_path: Path) -> Path:
    """The directory of a ledger that nobody has open, with one message and who may read it."""

    async def fill() -> None:
        store = await open_store(empty_store_url)
        await store.create_program(make_program())
        await store.record_messages(PROGRAM, [make_message(body="kept")])
        reader = Credential(username="reader", scopes=frozenset({Scope.EXPORT}))
        await store.create_credential(reader, digest_of("secret"))
        await store.close()

    asyncio.run(fill())
    return tmp_path


@needs_curl
def test_who_restores_a_backup_has_what_it_held(ledger: Path) -> None:
    port = str(free_port())
    with shell_at(ledger, SMSLEDGER_PORT=port, URL=f"http://127.0.0.1:{port}") as shell:
        shell.run(SYSTEMCTL)
        shell.run("systemctl start smsledger")
        shell.follow(HOW_TO / "backup-and-restore.md")
        page = shell.run(f'curl -s -u reader:secret "$URL/api/messages/program/{PROGRAM}"')
    assert '"body":"kept"' in page


@pytest.mark.engines("postgres")
async def test_the_page_of_erasing_shows_when_the_bytes_leave_postgresql(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    await store.record_messages(PROGRAM, [make_message(body="Zebrafish"), make_message(id="m-2")])
    await store.erase(PROGRAM, ["m-1"])
    with Shell(tmp_path, SMSLEDGER_STORE=store_url) as shell:
        await asyncio.to_thread(shell.follow, HOW_TO / "erase.md")
