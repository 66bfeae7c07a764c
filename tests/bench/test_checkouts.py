"""`python -m bench compare`: what it refuses, and its exit status."""

from pathlib import Path

import pytest

from bench import checkouts
from bench.sides import Side


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A checkout of which nothing is run."""
    (tmp_path / "smsledger").mkdir()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    return tmp_path


@pytest.mark.parametrize(("rate", "status"), [(2.0, 0), (1.0, 0), (0.5, 1)])
def test_the_exit_status_says_whether_this_checkout_is_slower(
    other: Path, monkeypatch: pytest.MonkeyPatch, rate: float, status: int
) -> None:
    ours: list[Side] = []

    def exports(side: Side) -> float:
        return rate if side is ours[0] else 1.0

    def sides(*_: object) -> object:
        return _Sides(ours)

    measure = checkouts.Measure(name="exports", rate=exports, unit="exports/s")
    monkeypatch.setitem(checkouts.SUBJECTS, "exports", [measure])
    monkeypatch.setattr(checkouts, "_sides", sides)
    assert checkouts.main([str(other), "--only", "exports", "--engine", "sqlite"]) == status


class _Sides:
    """Two sides without servers."""

    def __init__(self, ours: list[Side]) -> None:
        self._sides = Side.__new__(Side), Side.__new__(Side)
        ours.append(self._sides[0])

    def __enter__(self) -> tuple[Side, Side]:
        return self._sides

    def __exit__(self, *_: object) -> None:
        pass


def test_a_folder_that_is_no_checkout_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        checkouts.main([str(tmp_path)])
    assert f"{tmp_path} is not a checkout of smsledger." in capsys.readouterr().err


def test_a_checkout_without_an_environment_is_refused_with_what_makes_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "smsledger").mkdir()
    with pytest.raises(SystemExit):
        checkouts.main([str(tmp_path)])
    assert f"{tmp_path} has no environment. Run `make setup` in it." in capsys.readouterr().err
