"""The pictures in the docs can be taken anew, and each is looked at somewhere."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.browser import screenshots
from tests.docs.pages import DOCS, ROOT

pytestmark = pytest.mark.engines("sqlite")
_PICTURE = re.compile(r"screenshots/([a-z-]+\.png)")
PAGES = [ROOT / "README.md", *DOCS.rglob("*.md")]


def names_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_the_command_takes_every_picture_that_is_there(tmp_path: Path) -> None:
    await asyncio.to_thread(screenshots.take, tmp_path)
    assert names_in(tmp_path) == names_in(screenshots.PICTURES)


def test_every_picture_is_shown_in_the_docs() -> None:
    shown = {name for page in PAGES for name in _PICTURE.findall(page.read_text())}
    assert shown == {f"{name}.png" for name in screenshots.PICTURED}
