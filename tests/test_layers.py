"""Imports point one way: docs/explanation/architecture.md draws the layers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "smsledger"
PAGE = (ROOT / "docs/explanation/architecture.md").read_text()
[_BLOCK] = re.findall(r"## Layers[\s\S]*?\n\n((?: {4}.*\n)+)", PAGE)
LAYERS = [re.findall(r"\w+", line) for line in _BLOCK.splitlines()]  # the lowest first
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
DRIVERS = {"apsw": "store/sqlite", "asyncpg": "store/postgres"}


def imported(file: Path) -> Iterator[str]:
    """The names of all modules that a file imports, and of what it imports from them."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def arrows() -> Iterator[tuple[str, str]]:
    for file in PACKAGE.rglob("*.py"):
        source = file.relative_to(PACKAGE).with_suffix("").parts[0]
        for name in imported(file):
            package, _, target = name.partition(".")
            target = target.partition(".")[0]
            if package == "smsledger" and target in HEIGHT and source in HEIGHT:
                yield source, target


def root() -> list[Path]:
    """What is at the root of the package, without dunder files and the marker of types."""
    hidden = ("_", "py.typed")
    return [path for path in PACKAGE.iterdir() if not path.name.startswith(hidden)]


def test_imports_point_to_lower_layers_only() -> None:
    between = {(source, target) for source, target in arrows() if source != target}
    assert between
    assert [arrow for arrow in sorted(between) if HEIGHT[arrow[0]] <= HEIGHT[arrow[1]]] == []


def test_every_module_and_folder_of_the_root_has_its_layer() -> None:
    assert {path.stem for path in root()} == set(HEIGHT)


def test_the_root_has_three_modules_and_at_most_nine_folders() -> None:
    modules = {path.stem for path in root() if path.suffix == ".py"}
    assert modules == {"errors", "events", "settings"}
    assert len(root()) - len(modules) <= 9


def test_the_client_knows_the_domain_and_the_formats_only() -> None:
    assert {target for source, target in arrows() if source == "client"} == {
        *("client", "ledger", "formats")
    }


def test_only_an_engine_imports_its_driver() -> None:
    for driver, folder in DRIVERS.items():
        users = [
            file.relative_to(PACKAGE).as_posix()
            for file in PACKAGE.rglob("*.py")
            if any(name.split(".")[0] == driver for name in imported(file))
        ]
        assert users
        assert [user for user in users if not user.startswith(f"{folder}/")] == []
