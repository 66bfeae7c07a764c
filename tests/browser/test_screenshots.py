"""The pictures in the docs can be taken anew, and each is looked at somewhere."""

import asyncio
import re

import pytest

from tests.browser import screenshots
from tests.docs.pages import DOCS, ROOT

pytestmark = pytest.mark.engines("sqlite")
_PICTURE = re.compile(r"screenshots/([a-z-]+\.png)")
PAGES = [ROOT / "README.md", *DOCS.rglob("*.md")]


async def test_the_command_takes_every_picture_that_is_there(tmp_path):
    await asyncio.to_thread(screenshots.take, tmp_path)
    there = {file.name for file in screenshots.PICTURES.iterdir()}
    assert {file.name for file in tmp_path.iterdir()} == there


def test_every_picture_is_shown_in_the_docs():
    shown = {name for page in PAGES for name in _PICTURE.findall(page.read_text())}
    assert shown == {f"{name}.png" for name in screenshots.PICTURED}
