"""Arrows point one way: each module imports from its own layer's files and from those below."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "smsledger"

# From the bottom up; what stands in one line may import what stands in it and above it.
LAYERS = (
    (
        "instant",
        "zones",
        "errors",
        "events",
        "digests",
        "first_word",
        "line_ends",
        "consent",
        "mail_address",
        "settings",
        "printable",
        "stages",
    ),
    (
        "model",
        "counts",
        "fragment",
        "derived_ids",
        "export_log",
        "formats",
        "opaque",
        "provisioning",
        "opt_outs",
        "query",
        "cursor",
        "feed",
        "invalid_utf8",
        "repeated_key",
        "request",
        "rows",
    ),
    ("gateways", "mail", "sample_texts", "sample", "store"),
    ("ingest", "routing", "unrouted_limit", "copying", "verification"),
    ("file_rows",),
    ("imports",),
    ("web",),
    ("client",),
    ("cli",),
)
FORBIDDEN = (
    ("client", "store"),
    ("client", "ingest"),
    ("client", "web"),
    ("gateways", "store"),
    ("store", "gateways"),
    ("sample", "store"),
)


def imports_of(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("smsledger"):
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            yield from (m.split(".")[1] for m in modules if m.count("."))


def arrows():
    for file in PACKAGE.rglob("*.py"):
        source = file.relative_to(PACKAGE).with_suffix("").parts[0]
        yield from ((source, target) for target in imports_of(file))


def test_every_arrow_points_down():
    height = {name: level for level, names in enumerate(LAYERS) for name in names}
    known = {(a, b) for a, b in arrows() if a in height and b in height and a != b}
    assert known
    assert [(a, b) for a, b in sorted(known) if height[a] < height[b]] == []


def test_every_module_has_its_layer():
    modules = {path.stem for path in PACKAGE.iterdir() if not path.stem.startswith("_")}
    assert modules == {name for names in LAYERS for name in names}


def test_the_architecture_page_shows_these_layers():
    text = (PACKAGE.parent / "docs/explanation/architecture.md").read_text()
    block = re.search(r"## Layers[\s\S]*?\n\n((?: {4}.*\n)+)", text)[1]
    shown = [set(re.findall(r"\w+", line)) for line in re.split(r"\n {4}(?! )", block)]
    assert shown == [set(names) for names in LAYERS]


def test_the_client_knows_nothing_of_the_server():
    assert set(FORBIDDEN).isdisjoint(arrows())


def test_every_module_has_a_layer():
    modules = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    placed = {name for names in LAYERS for name in names}
    assert modules - {"__init__", "__main__", "__pycache__"} == placed


def test_only_the_engine_imports_its_driver():
    users = [file for file in PACKAGE.rglob("*.py") if "import apsw" in file.read_text()]
    assert users
    assert all("store/sqlite" in file.as_posix() for file in users)
