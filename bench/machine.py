"""The facts that a ratio depends on, and none that tells whose machine it is."""

import os
import platform
from importlib.metadata import version

PARTS = ("granian", "apsw", "asyncpg", "fastapi", "sqlalchemy", "pydantic", "orjson")


def facts() -> dict[str, str | int]:
    """Versions and cores."""
    cores = os.cpu_count() or 1
    parts = {part: version(part) for part in PARTS}
    return {"cores": cores, "python": platform.python_version(), **parts}
