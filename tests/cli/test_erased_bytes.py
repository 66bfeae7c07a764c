"""What was erased is not in the ledger's files any more: their bytes are read, not their tables."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.store import open_store
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from tests.cli.conftest import Run
from tests.making import PROGRAM, make_message, make_receipt
from tests.outermost.ledgers import add_program
from tests.server import Server
from tests.store.test_ledger import make_unrouted

pytestmark = [
    pytest.mark.engines("sqlite"),  # docs/how-to/erase.md has PostgreSQL's way
]
NUMBER, OTHER = "15550000001", "15550000002"
SECRET = "Zebrafish"
LENGTHS = (20, 500, 3000, 9000)  # in a cell, and over one or several overflow pages


def body(n: int) -> str:
    return f"{SECRET} {'x' * LENGTHS[n % len(LENGTHS)]} {SECRET}"


async def fill(store: Store) -> None:
    """Messages of two handsets side by side, each with receipts that made it be written again."""
    pairs = [(n, number) for n in range(60) for number in (NUMBER, OTHER)]
    batch = [
        make_message(
            id=f"{number}-{n}", number=number, body=body(n) if number == NUMBER else f"kept {n}"
        )
        for n, number in pairs
    ]
    await store.record_messages(PROGRAM, batch)
    for status in (DeliveryStatus.ERROR, DeliveryStatus.DELIVERED):
        said = [
            make_receipt(
                id=f"{NUMBER}-{n}", delivery_status=status, text=SECRET, raw=body(n).encode()
            )
            for n in range(60)
        ]
        await store.record_receipts(PROGRAM, said)
    heard = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED, "number": NUMBER}
    words = [make_message(id=f"mo-{n}", body=body(n), **heard) for n in range(8)]
    await store.record_messages(PROGRAM, words)
    waiting = make_receipt(id="to come", number=NUMBER, text=body(2), raw=body(3).encode())
    await store.record_receipts(PROGRAM, [waiting])
    await store.record_receipts(NO_PROGRAM, [waiting])
    for n in range(8):
        await store.keep_unrouted(make_unrouted(id=f"u-{n}", sender=NUMBER, body=body(n)))


@pytest.fixture
def filled_url(empty_store_url: str) -> str:
    async def run() -> None:
        store = await open_store(empty_store_url)
        await fill(store)
        await store.close()

    add_program(empty_store_url)
    asyncio.run(run())
    return empty_store_url


Found = Callable[[], dict[str, int]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """How often the text is in the ledger's files, by file."""

    def count() -> dict[str, int]:
        files = [each for each in tmp_path.glob("ledger.db*") if each.suffix != ".db-shm"]
        return {each.name: n for each in files if (n := each.read_bytes().count(SECRET.encode()))}

    return count


def erase_all(run: Run, status: int = 0) -> str:
    run("erase", "--program", 0, "--number", NUMBER, status=status)
    return str(run("erase", "--program", PROGRAM, "--number", NUMBER, status=status))


def test_no_byte_of_an_erased_text_is_left_in_the_files(
    run: Run, filled_url: str, found: Found
) -> None:
    assert found()
    assert erase_all(run) == "68 messages erased.\n"
    assert found() == {}


def test_neither_is_one_left_under_a_server(run: Run, filled_url: str, found: Found) -> None:
    server = Server(filled_url)
    try:
        assert server.get().status_code == 200
        erase_all(run)
        assert found() == {}
    finally:
        server.kill()


def test_while_a_reader_keeps_the_log_the_status_is_3(
    run: Run, filled_url: str, found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsledger.cli.erase.LOG_SECONDS", 0.5)
    reader = apsw.Connection(str(tmp_path / "ledger.db"))
    reader.execute("BEGIN; SELECT count(*) FROM message")
    told = run("erase", "--program", PROGRAM, "--number", NUMBER, status=3)
    assert "write-ahead log" in told
    assert "ledger.db-wal" in found()
    reader.execute("COMMIT")
    erase_all(run)
    assert found() == {}
