"""What was typed into a form and sent, in a body or in an address."""

import hmac
from urllib.parse import parse_qs

import msgspec

from smsledger.errors import ForeignForm, InvalidRequest, Problem
from smsledger.web.call import Call

FIELD = "csrf"
_MEDIA_TYPE = b"application/x-www-form-urlencoded"
_MAX_BODY = 64 * 1024
_MAX_FIELDS = 1000


class Form(msgspec.Struct, frozen=True):
    """The fields of a form, each with all its values."""

    fields: dict[str, list[str]]

    def text(self, name: str) -> str:
        """A field's value without the space around it; empty where it is absent."""
        return self.fields.get(name, [""])[-1].strip()

    def texts(self, name: str) -> list[str]:
        """All values of a field that are not blank."""
        return [text.strip() for text in self.fields.get(name, []) if text.strip()]

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.text(name))

    def require_known(self, *names: str) -> None:
        """Refuse fields of other names: under a misspelt filter there would be more than was meant.

        Raises:
            InvalidRequest: naming each of them.
        """
        unknown = [name[:40] for name in self.fields if name not in names]
        if unknown:
            problems = (f"There is no parameter '{name}'." for name in unknown)
            raise InvalidRequest(*(Problem("unknown_parameter", each) for each in problems))

    def require(self, csrf: str) -> None:
        """Refuse what another site made a browser send.

        Raises:
            ForeignForm: it does not have the token of the page that it was on.
        """
        if not csrf or not hmac.compare_digest(self.text(FIELD).encode(), csrf.encode()):
            raise ForeignForm


async def read_form(call: Call) -> Form:
    """The form that a call sends, whoever made it.

    Raises:
        InvalidRequest, BodyTooLarge, UnsupportedMediaType: it is no form.
    """
    call.require_media_type(_MEDIA_TYPE)
    return Form(_fields(await call.body(_MAX_BODY)))


def read_query(call: Call) -> Form:
    """The form that a call sends in its address.

    What is no UTF-8 in it, and NUL, which not every store can look for, is shown as such: U+FFFD.
    """
    query = call.scope["query_string"][:_MAX_BODY].decode("latin-1")
    given = parse_qs(query, keep_blank_values=True, errors="replace")
    return Form({name: [each.replace("\0", "\ufffd") for each in given[name]] for name in given})


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        fields = parse_qs(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        problem = Problem("invalid_body", "The body is no form in UTF-8.")
        raise InvalidRequest(problem) from error
    if any("\0" in text for texts in fields.values() for text in texts):
        raise InvalidRequest(Problem("invalid_body", "The form holds a NUL."))
    return fields
