"""The header Accept (RFC 9110, 12.5.1): how much a media type is wanted."""

import re
from typing import NamedTuple

_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


class Wanted(NamedTuple):
    """How much, how explicitly, how early in the header; larger is more."""

    quality: float
    precision: int
    earliness: int


class Range(NamedTuple):
    """An entry of the header: `text/csv`, `text/*` or `*/*`, and its quality."""

    media: str
    quality: float
    place: int

    def precision(self, media_type: str) -> int:
        """3 where it names the type, 2 its family, 1 everything, 0 something else."""
        names = (media_type, f"{media_type.split('/', maxsplit=1)[0]}/*", "*/*")
        return 3 - names.index(self.media) if self.media in names else 0


def ranges(header: bytes) -> list[Range]:
    """The entries of the header; those whose quality is none are left out."""
    entries = enumerate(header.decode("latin-1").lower().split(","))
    read = (_range(entry, place) for place, entry in entries)
    return [entry for entry in read if entry]


def wanted(media_type: str, accepted: list[Range]) -> Wanted:
    """As the most precise entry for it says; quality 0 where none is."""
    fitting = [(entry.precision(media_type), -entry.place, entry.quality) for entry in accepted]
    precision, earliness, quality = max(fitting, default=(0, 0, 0.0))
    return Wanted(quality if precision else 0.0, precision, earliness)


def _range(entry: str, place: int) -> Range | None:
    media, *parameters = (part.strip() for part in entry.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            match = _QUALITY.fullmatch(parameter)
            return Range(media, float(match[1]), place) if match else None
    return Range(media, 1.0, place)
