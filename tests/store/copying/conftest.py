"""Two stores, on each pair of engines: one with a program, one that is empty."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from smsledger.store import copying, open_store
from smsledger.store.copying import comparison, messages
from smsledger.store.store import Store
from smsledger.store.tables import Tables
from tests.databases import execute
from tests.store.copying.targets import OTHER, new_target


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few messages are several batches."""
    monkeypatch.setattr(messages, "BATCH", 7)
    monkeypatch.setattr(comparison, "STEP", 5)


@pytest.fixture
def target_engine(engine: str) -> str:
    """The other one; a test may say differently."""
    return OTHER[engine]


@pytest.fixture
def target_url(target_engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A store that nobody has used."""
    with new_target(target_engine, request) as url:
        yield url


class Untold:
    """Nobody watches."""

    def expect(self, stage: str, messages: int) -> None:
        pass

    def advance(self, stage: str, messages: int) -> None:
        pass


async def copied(
    source_url: str,
    target_url: str,
    wrap: Callable[[Tables, Tables], tuple[Any, Any]] = lambda source, target: (source, target),
) -> copying.Copied:
    """A whole copy; `wrap` may stand between it and its ends."""
    source = await copying.open_tables(source_url)
    target = await copying.open_tables(target_url)
    try:
        return await copying.copy(*wrap(source, target), Untold())
    finally:
        await target.close()
        await source.close()


Copy = Callable[..., Awaitable[copying.Copied]]


@pytest.fixture
def copy(store_url: str, target_url: str) -> Copy:
    """Copies the one into the other."""

    async def run(**options: Any) -> copying.Copied:
        return await copied(store_url, target_url, **options)

    return run


There = Callable[[], Awaitable[Store]]


@pytest.fixture
async def there(target_url: str) -> AsyncIterator[There]:
    """Opens the target as a store, once it is one; closed at the end."""
    opened = []

    async def open_it() -> Store:
        opened.append(await open_store(target_url))
        return opened[-1]

    yield open_it
    for store in opened:
        await store.close()


class Between:
    """The tables of a ledger, with something that happens before each reading."""

    def __init__(self, tables: Tables, happens: Callable[[], Awaitable[None]]) -> None:
        self._tables = tables
        self._happens = happens

    def __getattr__(self, name: str) -> Any:
        work = getattr(self._tables, name)
        if name not in ("rows", "changed", "history"):
            return work

        async def preceded(*arguments: Any) -> Any:
            await self._happens()
            return await work(*arguments)

        return preceded


Spoil = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


@pytest.fixture
def spoil(target_url: str) -> Spoil:
    """Runs SQL on the target, past the store."""

    async def run(sql: str) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(execute, target_url, sql)

    return run


class Killed(BaseException):
    """What ends a process in the middle."""


def killed_at(number: int) -> Callable[[Tables, Tables], tuple[Any, Any]]:
    """Ends a copy at a reading of the source, counted from the moment the target is claimed."""
    readings = iter(range(10_000))
    claims: list[str] = []

    async def kill() -> None:
        if claims and next(readings) == number:
            raise Killed

    def wrap(source: Tables, target: Tables) -> tuple[Any, Any]:
        class Claimed:
            def __getattr__(self, name: str) -> Any:
                return getattr(target, name)

            async def claim(self, epoch: str) -> None:
                claims.append(epoch)
                await target.claim(epoch)

        return Between(source, kill), Claimed()

    return wrap


def unsealed(source: Tables, target: Tables) -> tuple[Any, Any]:
    """Ends a copy when all has come and been verified, but that is not said yet."""

    class Unsealed:
        def __getattr__(self, name: str) -> Any:
            return getattr(target, name)

        async def seal(self, *_: str | None) -> None:
            raise Killed

    return source, Unsealed()
