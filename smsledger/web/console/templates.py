"""jinja2's templates -> the HTML of a page."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from smsledger.ledger import instant
from smsledger.web.docs import Files

FOLDER = Path(__file__).parent.parent / "templates"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GMT = ZoneInfo("Etc/GMT")


class Templates:
    """All templates. What is put into them is text, never markup."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        filters = {"count": count, "percent": percent, "moment": moment, "iso": iso}
        self._environment.filters.update(filters)

    def render(self, name: str, root: str, **context: Any) -> bytes:
        """A page; `root` is the path under which the server is, without a slash at its end."""

        def asset(file: str) -> str:
            return f"{root}/{self._files.url(file)}"

        template = self._environment.get_template(name)
        return template.render(root=root, asset=asset, **context).encode()


def count(number: int) -> str:
    """12345 -> 12,345."""
    return f"{number:,}"


def percent(ratio: float | None) -> str:
    """0.98765 -> 98.8 %; a dash where there is nothing to tell. Only all is 100 %."""
    if ratio is None:
        return "–"  # noqa: RUF001 (a dash is meant)
    shown = min(ratio, 0.999) if ratio < 1 else 1.0
    return f"{shown * 100:.1f} %"


def moment(at: int, zone: ZoneInfo = _GMT) -> str:
    """An instant as a clock in the zone shows it, in whole seconds."""
    return f"{_local(at, zone):%Y-%m-%d %H:%M:%S}"


def iso(at: int) -> str:
    """An instant for the attribute of a <time>: GMT, whole seconds, Z."""
    return f"{instant.render_seconds(at)}Z"


def _local(at: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone)
