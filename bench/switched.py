"""The server's application with one of its parts switched off, as an ASGI app for granian.

`python -m bench.parts` compares it with the whole application. Settings come from the environment.
"""

import os
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import apsw

from smsledger.intake import file_rows, rows
from smsledger.settings import Settings
from smsledger.store import posting
from smsledger.store.sqlite import connection
from smsledger.web.app import create_app

SWITCHED_OFF = "BENCH_SWITCHED_OFF"


class _Overwriting(apsw.Connection):
    """A connection that leaves deleted rows in the file until their space is used again."""

    def pragma(self, name: str, *value: Any, **schema: Any) -> Any:
        return None if name == "secure_delete" else super().pragma(name, *value, **schema)


def _no_check_values() -> None:
    _replace(posting, "check_value_of", lambda *_: None)
    _replace(posting, "renew_check_value", lambda *_: None)


def _no_search_for_repeated_keys() -> None:
    _replace(rows, "repeated_key", lambda _: None)
    _replace(file_rows, "repeated_key", lambda _: None)


def _no_secure_delete() -> None:
    without = SimpleNamespace(**{**vars(apsw), "Connection": _Overwriting})
    _replace(connection, "apsw", without)


def _replace(module: ModuleType, name: str, value: object) -> None:
    assert hasattr(module, name), f"{module.__name__} has no {name}: its part was moved"
    setattr(module, name, value)


SWITCHES: dict[str, Callable[[], None]] = {
    "check values": _no_check_values,
    "repeated keys": _no_search_for_repeated_keys,
    "secure delete": _no_secure_delete,
    "export checks": lambda: None,  # a setting
}


def create() -> object:
    """Build the application without the part that the environment names."""
    if part := os.environ.get(SWITCHED_OFF):
        SWITCHES[part]()
    return create_app(Settings())


app = create()
