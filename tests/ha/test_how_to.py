"""What docs/how-to/high-availability.md recommends is what the other tests run."""

import re

from tests.docs.pages import HOW_TO
from tests.ha.patroni import AGREED
from tests.ha.pgbouncer import SETTINGS

PAGE = (HOW_TO / "high-availability.md").read_text()


def lines_of(language: str) -> set[str]:
    """Of the page's only example in that language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return {line.strip() for line in block.splitlines()}


def test_patroni_is_set_as_the_page_says() -> None:
    flat = {**AGREED, **AGREED["postgresql"]}
    ours = {f"{name}: {value}".lower() for name, value in flat.items()}
    assert lines_of("yaml") - {"postgresql:"} <= ours
    assert {name for name in AGREED if f"{name}:" not in PAGE} == set()


def test_pgbouncer_is_set_as_the_page_says() -> None:
    assert set(SETTINGS.splitlines()) <= lines_of("ini")
