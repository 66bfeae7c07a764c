"""The window of an export: both dates, always, as they are sent.

What a server takes for an absent date differs (the first message held, or today), and the
original's nextPageUrl forgets the dates. So both are resolved once, here, before the first page.
"""

import re

import msgspec

from smsledger.ledger import instant

DEFAULT_DAYS = 365
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Window(msgspec.Struct, frozen=True):
    """`start` and `end` in wire form, GMT, inclusive; `defaulted` names those nobody gave."""

    start: str
    end: str
    defaulted: tuple[str, ...]


def first(text: str) -> int:
    """The first instant of a written day or date-time.

    Raises:
        ValueError: it is neither.
    """
    return _span(text).first


def last(text: str) -> int:
    """The last instant of a written day or date-time: `2014-12-05` ends at 23:59:59.999999.

    Raises:
        ValueError: it is neither.
    """
    return _span(text).last


def resolve(start: int | None, end: int | None, now: int) -> Window:
    """The window between two instants; without them, from 365 days before `now` until `now`.

    Raises:
        ValueError: it starts after its end.
    """
    defaulted = [name for name, given in (("start", start), ("end", end)) if given is None]
    second = now // instant.SECOND * instant.SECOND
    start = second - DEFAULT_DAYS * instant.DAY if start is None else start
    end = second + instant.SECOND - 1 if end is None else end
    # The original knows whole seconds only, so a fraction is sent only where one was asked for.
    first, last = instant.render_first(start), instant.render_last(end)
    if start > end:
        raise ValueError(f"the window starts at {first}, after its end at {last}")
    return Window(first, last, tuple(defaulted))


def _span(text: str) -> instant.Span:
    if not _DAY.fullmatch(text):
        return instant.parse(text)
    return instant.Span(
        instant.parse(f"{text}T00:00:00").first, instant.parse(f"{text}T23:59:59").last
    )
