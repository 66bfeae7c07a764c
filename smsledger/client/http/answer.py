"""One answer of the Export Messages API, read as leniently as its two descriptions differ.

The JSON reader is the standard library's, because it reads what msgspec's refuses: half a
surrogate pair, which is what a gateway leaves of an emoji that it cuts at 160 characters.
"""

import json
from typing import Any

import msgspec

from smsledger.client.errors import NotAPage
from smsledger.formats.lines import utf8
from smsledger.ledger.line_ends import escape_line_ends
from smsledger.ledger.printable import printable

Message = dict[str, Any]


class _Meta(msgspec.Struct):
    generalErrors: list[Any] | None = None  # noqa: N815 (the wire's name)
    nextPageUrl: str | None = None  # noqa: N815 (the wire's name)
    changes: str | None = None


class _Data(msgspec.Struct):
    messages: list[Message] | None = None


class _Envelope(msgspec.Struct):
    meta: _Meta
    data: _Data | None = None


class Answer(msgspec.Struct, frozen=True):
    """A page as the server gave it.

    `messages` have their fields in the server's order, `number` always as text. `next_page_url`
    is as answered, None on the last page. `problems` are the `generalErrors`, one line each.
    `changes` is the token of the change feed that a walk's first page may have.
    """

    messages: tuple[Message, ...]
    next_page_url: str | None
    problems: tuple[str, ...]
    changes: str | None = None


def read(body: bytes) -> Answer:
    """The page in the body of a 200.

    Raises:
        ValueError: the body is not JSON, or not all of it.
        NotAPage: it is JSON of another form.
    """
    try:
        envelope = msgspec.convert(json.loads(body), _Envelope)
    except msgspec.ValidationError as error:
        raise NotAPage(f"the answer is not a page of messages: {error}") from error
    problems = tuple(map(problem, envelope.meta.generalErrors or ()))
    if envelope.data is None and not problems:
        raise NotAPage("the answer is not a page of messages: it has no data")
    messages = (envelope.data and envelope.data.messages) or ()
    meta = envelope.meta
    return Answer(
        tuple(map(_with_number_as_text, messages)), meta.nextPageUrl or None, problems, meta.changes
    )


def refusal(body: bytes) -> tuple[frozenset[str], tuple[str, ...]]:
    """The codes and the lines of the `generalErrors` in an error's body; empty if it has none."""
    try:
        errors = msgspec.convert(json.loads(body), _Envelope).meta.generalErrors or ()
    except (ValueError, msgspec.ValidationError):  # a proxy's page, say
        return frozenset(), ()
    codes = (error.get("code") for error in errors if isinstance(error, dict))
    return frozenset(map(str, codes)), tuple(map(problem, errors))


def ndjson_line(message: Message) -> bytes:
    """Return the message with all its fields, in the server's order, and a line feed."""
    line = json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n"
    return escape_line_ends(utf8(line))


def _with_number_as_text(message: Message) -> Message:
    number = message.get("number")
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, int) and not isinstance(number, bool):
        message["number"] = str(number)
    return message


def problem(error: Any) -> str:
    """`message (parameter) hint`, of an entry of any form, safe to show on a terminal."""
    if not isinstance(error, dict):
        text = error if isinstance(error, str) else json.dumps(error)
    elif "message" in error:
        parameter = f" ({error['parameter']})" if error.get("parameter") else ""
        hint = f" {error['hint']}" if error.get("hint") else ""
        text = f"{error['message']}{parameter}{hint}"
    else:
        text = json.dumps(error)
    return printable(text)
