"""What a page refers to is there, and no page knows where it was written."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import pages

PAGES = pytest.mark.parametrize("page", pages.every_page(), ids=lambda page: page.name)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def links(page: Path) -> Iterator[tuple[str, str]]:
    """The relative links of a page: the file and the anchor, each as it is written."""
    for target in _LINK.findall(page.read_text()):
        if "://" not in target:
            yield target.partition("#")[::2]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in pages.headings(page))
    return {heading.replace(" ", "-") for heading in kept}


@PAGES
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for file, anchor in links(page):
        target = page.parent / file if file else page
        assert target.exists(), file
        assert not anchor or anchor in anchors(target), f"{file}#{anchor}"


@PAGES
def test_no_page_names_a_path_of_a_machine(page: Path) -> None:
    text = page.read_text()
    places = (str(pages.DOCS), str(pages.ROOT / ".venv"), "/home/", "/root/", "site-packages")
    assert [place for place in places if place in text] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = pages.DOCS / "README.md"
    linked = {(index.parent / file).resolve() for file, _ in links(index)}
    assert set(pages.DOCS.rglob("*.md")) - {index} <= linked
