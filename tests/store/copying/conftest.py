"""Two stores, on each pair of engines: one with a program, one that is empty."""

import asyncio
from functools import partial

import pytest

from smsledger.store import copying, open_store
from smsledger.store.copying import comparison, messages
from tests.databases import execute
from tests.store.copying.targets import OTHER, new_target


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    """So that a few messages are several batches."""
    monkeypatch.setattr(messages, "BATCH", 7)
    monkeypatch.setattr(comparison, "STEP", 5)


@pytest.fixture
def target_engine(engine):
    """The other one; a test may say differently."""
    return OTHER[engine]


@pytest.fixture
def target_url(target_engine, request):
    """A store that nobody has used."""
    with new_target(target_engine, request) as url:
        yield url


class Untold:
    """Nobody watches."""

    def expect(self, stage, messages):
        pass

    def advance(self, stage, messages):
        pass


async def copied(source_url, target_url, wrap=lambda source, target: (source, target)):
    """A whole copy; `wrap` may stand between it and its ends."""
    source = await copying.open_tables(source_url)
    target = await copying.open_tables(target_url)
    try:
        return await copying.copy(*wrap(source, target), Untold())
    finally:
        await target.close()
        await source.close()


@pytest.fixture
def copy(store_url, target_url):
    """Copies the one into the other."""

    async def run(**options):
        return await copied(store_url, target_url, **options)

    return run


@pytest.fixture
async def there(target_url):
    """Opens the target as a store, once it is one; closed at the end."""
    opened = []

    async def open_it():
        opened.append(await open_store(target_url))
        return opened[-1]

    yield open_it
    for store in opened:
        await store.close()


class Between:
    """The tables of a ledger, with something that happens before each reading."""

    def __init__(self, tables, happens):
        self._tables = tables
        self._happens = happens

    def __getattr__(self, name):
        work = getattr(self._tables, name)
        if name not in ("rows", "changed", "history"):
            return work

        async def preceded(*arguments):
            await self._happens()
            return await work(*arguments)

        return preceded


@pytest.fixture
def spoil(target_url):
    """Runs SQL on the target, past the store."""
    return partial(asyncio.to_thread, execute, target_url)


class Killed(BaseException):
    """What ends a process in the middle."""


def killed_at(number):
    """Ends a copy at a reading of the source, counted from the moment the target is claimed."""
    readings = iter(range(10_000))
    claims = []

    async def kill():
        if claims and next(readings) == number:
            raise Killed

    def wrap(source, target):
        class Claimed:
            def __getattr__(self, name):
                return getattr(target, name)

            async def claim(self, epoch):
                claims.append(epoch)
                await target.claim(epoch)

        return Between(source, kill), Claimed()

    return wrap


def unsealed(source, target):
    """Ends a copy when all has come and been verified, but that is not said yet."""

    class Unsealed:
        def __getattr__(self, name):
            return getattr(target, name)

        async def seal(self, *_):
            raise Killed

    return source, Unsealed()
