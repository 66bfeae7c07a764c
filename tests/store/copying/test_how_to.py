"""Who follows the page on copying sees what it shows, and loses nothing."""

import asyncio
from pathlib import Path

import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger.model import Credential, Scope
from smsledger.store import open_store
from tests.databases import Databases
from tests.docs.pages import HOW_TO
from tests.docs.shell import Shell, needs_curl
from tests.docs.test_how_to import SYSTEMCTL
from tests.making import PROGRAM, make_message, make_program
from tests.server import free_port


async def fill(url: str) -> None:
    store = await open_store(url)
    await store.create_program(make_program())
    await store.record_messages(PROGRAM, [make_message(body="kept")])
    reader = Credential(username="reader", scopes=frozenset({Scope.EXPORT}))
    await store.create_credential(reader, digest_of("secret"))
    await store.close()


@needs_curl
@pytest.mark.engines("sqlite")
def test_who_moves_to_postgresql_and_back_has_what_there_was(
    empty_store_url: str, databases: Databases, tmp_path: Path
) -> None:
    asyncio.run(fill(empty_store_url))
    port = str(free_port())
    with (
        databases.clone("template0") as new,
        Shell(
            tmp_path,
            OLD=empty_store_url,
            NEW=new,
            SMSLEDGER_STORE=empty_store_url,
            SMSLEDGER_PORT=port,
            URL=f"http://127.0.0.1:{port}",
        ) as shell,
    ):
        shell.run(SYSTEMCTL)
        shell.run("systemctl start smsledger")
        shell.follow(HOW_TO / "copy-a-ledger.md")
        shell.run('export SMSLEDGER_STORE="$OLD"; systemctl start smsledger')
        page = shell.run(f'curl -s -u reader:secret "$URL/api/messages/program/{PROGRAM}"')
    assert '"body":"kept"' in page
