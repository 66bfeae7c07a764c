"""Stores to copy into."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.databases import execute

OTHER = {"sqlite": "postgres", "postgres": "sqlite"}
# A clone has the epoch of what it was cloned from, and would be taken for a copy of the source.
_RENEW = "UPDATE ledger SET epoch = 'the target'"


@contextmanager
def new_target(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated store that nobody has used; the fixtures of the request make it."""
    if engine == "sqlite":
        template, folder = map(request.getfixturevalue, ("_template", "tmp_path"))
        url = f"sqlite:///{shutil.copy(template, folder / 'target.db')}"
        execute(url, _RENEW)
        yield url
        return
    with request.getfixturevalue("databases").clone() as url:
        execute(url, _RENEW)
        yield url
