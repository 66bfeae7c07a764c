"""A backup by PostgreSQL's own program: an archive for pg_restore."""

import os
import subprocess
from pathlib import Path

from smsledger.store.url import password_of, without_password


def dump(url: str, target: Path) -> None:
    """Copy the database as it stands to a file, while it is being written.

    Of several hosts it reads the primary, unless the URL says otherwise: a replica may lack what
    was acknowledged.

    Raises:
        FileNotFoundError: pg_dump is not installed.
        OSError: it could not read the database, or write the file.
    """
    command = ["pg_dump", "--format=custom", "--no-password", f"--file={target}"]
    environment = {"PGTARGETSESSIONATTRS": "primary", **os.environ}
    password = password_of(url)
    if password is not None:
        # Not among the arguments, which everybody on the machine can read.
        environment["PGPASSWORD"] = password
    try:
        ran = subprocess.run(  # noqa: S603
            [*command, without_password(url)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
    except FileNotFoundError as error:
        raise FileNotFoundError("a backup of PostgreSQL needs its program pg_dump") from error
    if ran.returncode != 0:
        raise OSError(ran.stderr.strip() or f"pg_dump ended with status {ran.returncode}")
