"""What the wheel contains, as the build backend reads it from the checkout; nothing is built."""

from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import smsledger

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel() -> WheelBuilder:
    return WheelBuilder(str(ROOT))


def test_the_version_is_the_one_of_the_package(wheel: WheelBuilder) -> None:
    assert wheel.metadata.version == smsledger.__version__
    assert "version" in wheel.metadata.dynamic, "pyproject.toml repeats it"


def test_type_checkers_of_others_find_our_types(wheel: WheelBuilder) -> None:
    assert "smsledger/py.typed" in _paths(wheel)


def test_the_package_is_in_it_whole_and_nothing_else_is(wheel: WheelBuilder) -> None:
    files = (file for file in (ROOT / "smsledger").rglob("*") if file.is_file())
    expected = {str(file.relative_to(ROOT)) for file in files if "__pycache__" not in file.parts}
    assert _paths(wheel) == expected


def _paths(wheel: WheelBuilder) -> set[str]:
    return {file.distribution_path for file in wheel.recurse_included_files()}
