"""docs/how-to/export.md says what is."""

import re
from pathlib import Path

import pytest

from smsledger.query import INCLUDABLE

from .conftest import SECRET
from .original import make_message

PAGE = (Path(__file__).parents[2] / "docs/how-to/export.md").read_text()


def test_every_option_in_the_page_is_one(export, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    known = set(re.findall(r"--[a-z-]+", export("--help").output))
    named = set(re.findall(r"--[a-z][a-z-]+", PAGE))
    assert named <= known
    assert named >= known - {"--help", "--page-size"} - {name for name in known if "compl" in name}


def test_every_includable_field_is_in_the_page():
    assert all(f"`{name}`" in PAGE for name in INCLUDABLE)


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_the_python_in_the_page_runs(original, capsys, block):
    original.messages = [make_message(), make_message(type="MT")]
    exec(block.replace("https://sms.example.com", original.url), {"secret": SECRET})  # noqa: S102
    assert capsys.readouterr().out == "2014-12-05T10:00:01.00 JOIN 1\n"
