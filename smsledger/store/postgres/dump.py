"""A backup by PostgreSQL's own program: an archive for pg_restore."""

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from smsledger.store.engine import without_password


def dump(url: str, target: Path) -> None:
    """Copy the database as it stands to a file, while it is being written.

    Raises:
        FileNotFoundError: pg_dump is not installed.
        OSError: it could not read the database, or write the file.
    """
    shown = without_password(url)
    command = ["pg_dump", "--format=custom", "--no-password", f"--file={target}", shown]
    # The password goes by the environment: everybody on the machine can read the arguments.
    environment = {**os.environ, **_password(url)}
    try:
        ran = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, env=environment
        )
    except FileNotFoundError as error:
        raise FileNotFoundError("a backup of PostgreSQL needs its program pg_dump") from error
    if ran.returncode != 0:
        raise OSError(ran.stderr.strip() or f"pg_dump ended with status {ran.returncode}")


def _password(url: str) -> dict[str, str]:
    user, _, _ = urlsplit(url).netloc.rpartition("@")
    _, colon, password = user.partition(":")
    return {"PGPASSWORD": unquote(password)} if colon else {}
