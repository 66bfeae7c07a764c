"""The facts that a ratio depends on, and none that tells whose machine it is."""

import os
import platform
from importlib.metadata import version

import apsw

PARTS = ("granian", "apsw", "fastapi", "sqlalchemy", "pydantic", "orjson")


def facts() -> dict[str, str | int]:
    """Versions and cores."""
    cores = os.cpu_count() or 1
    parts = {part: version(part) for part in PARTS}
    python, sqlite = platform.python_version(), apsw.sqlite_lib_version()
    return {"cores": cores, "python": python, "sqlite": sqlite, **parts}
