"""Credentials while servers run: what the command says holds in every process, at once."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from smsledger.ledger import instant
from tests.making import make_row
from tests.outermost.conftest import Serve
from tests.outermost.workers import until
from tests.server import Server, smsledger


@pytest.fixture
def servers(serve: Serve) -> list[Server]:
    """Two servers on one store, one of them of two processes."""
    return [serve(), serve("--workers", "2")]


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve()


Credential = Callable[..., dict[str, Any]]


@pytest.fixture
def credential(ledger_url: str) -> Credential:
    """Runs a command on the credential 'etl'; what it says."""

    def run(command: str, *options: str) -> dict[str, Any]:
        named = ("--store", ledger_url, "--user", "etl", "--json")
        said: dict[str, Any] = json.loads(smsledger("credential", command, *named, *options))
        return said

    return run


@pytest.fixture
def kept(servers: list[Server]) -> Iterator[list[httpx.Client]]:
    """Connections to the servers that stay open, enough of them to reach every process."""
    clients = [each.client() for each in servers for _ in range(6)]
    yield clients
    for client in clients:
        client.close()


def statuses(clients: list[httpx.Client], server: Server, secret: str) -> set[int]:
    path = server.program_url.removeprefix(server.url)
    return {each.get(path, auth=("etl", secret)).status_code for each in clients}


def test_a_revoked_credential_ends_within_five_seconds_in_every_process(
    servers: list[Server], kept: list[httpx.Client], credential: Credential
) -> None:
    secret = credential("create", "--scope", "export")["secret"]
    assert statuses(kept, servers[0], secret) == {200}
    credential("revoke")
    until(lambda: statuses(kept, servers[0], secret) == {401}, seconds=5)
    again = credential("create", "--scope", "export")["secret"]
    assert statuses(kept, servers[0], secret) == {401}
    assert statuses(kept, servers[0], again) == {200}


def test_both_secrets_work_until_the_overlap_is_over_then_the_new_one(
    servers: list[Server], kept: list[httpx.Client], credential: Credential
) -> None:
    old = credential("create", "--scope", "export")["secret"]
    assert statuses(kept, servers[0], old) == {200}
    rotated = credential("rotate", "--overlap", "8s")
    new = rotated["secret"]
    assert statuses(kept, servers[0], old) == statuses(kept, servers[0], new) == {200}
    until(lambda: statuses(kept, servers[0], old) == {401})
    assert instant.now() >= instant.parse(rotated["oldSecretUntil"]).first
    assert statuses(kept, servers[0], new) == {200}


def test_a_rotation_without_overlap_ends_the_old_secret_at_once(
    server: Server, credential: Credential
) -> None:
    old = credential("create", "--scope", "export")["secret"]
    new = credential("rotate", "--overlap", "0s")["secret"]
    with server.client() as client:
        assert statuses([client], server, old) == {401}
        assert statuses([client], server, new) == {200}


def test_a_credential_that_expires_does_so_on_an_open_connection(
    server: Server, credential: Credential
) -> None:
    began = time.monotonic()
    secret = credential("create", "--scope", "export", "--expires", "8s")["secret"]
    with server.client() as client:
        assert statuses([client], server, secret) == {200}
        until(lambda: statuses([client], server, secret) == {401})
    assert time.monotonic() - began >= 7


def test_a_cursor_grants_nothing_once_its_credential_is_revoked(
    server: Server, credential: Credential
) -> None:
    secret = credential("create", "--scope", "export")["secret"]
    server.post([make_row(id=str(number)) for number in range(3)])
    page = httpx.get(server.program_url, params={"pageSize": 2}, auth=("etl", secret)).json()
    credential("revoke")
    url = page["meta"]["nextPageUrl"]
    assert httpx.get(url, auth=("etl", secret)).status_code == 401
    assert len(httpx.get(url, auth=server.auth).json()["data"]["messages"]) == 1
