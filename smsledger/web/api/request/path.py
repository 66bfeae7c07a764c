"""The program that a path names."""

import re

from smsledger.errors import InvalidRequest, Problem

_PROGRAM_ID = re.compile(r"[1-9][0-9]{0,17}")


def program_id_of(text: str) -> int:
    """The program id in a path.

    Raises:
        InvalidRequest: not a positive integer of at most 18 digits.
    """
    if not _PROGRAM_ID.fullmatch(text):
        raise InvalidRequest(
            Problem("invalid_path", "The program id must be a positive integer.", "programId")
        )
    return int(text)
