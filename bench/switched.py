"""The server's application with one of its parts switched off, as an ASGI app for granian.

`python -m bench.parts` compares it with the whole application. Settings come from the environment.
"""

import os
from collections.abc import Callable
from types import SimpleNamespace

import apsw

from smsledger.intake import file_rows, rows
from smsledger.settings import Settings
from smsledger.store import posting
from smsledger.store.sqlite import connection
from smsledger.web.app import create_app

SWITCHED_OFF = "BENCH_SWITCHED_OFF"


class _Overwriting(apsw.Connection):
    """A connection that leaves deleted rows in the file until their space is used again."""

    def pragma(self, name: str, *value: object) -> object:
        return None if name == "secure_delete" else super().pragma(name, *value)


def _no_check_values() -> None:
    posting.check_value_of = posting.renew_check_value = lambda *_: None  # type: ignore[assignment]


def _no_search_for_repeated_keys() -> None:
    rows.repeated_key = file_rows.repeated_key = lambda _: None


def _no_secure_delete() -> None:
    connection.apsw = SimpleNamespace(**{**vars(apsw), "Connection": _Overwriting})  # type: ignore[assignment]


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
