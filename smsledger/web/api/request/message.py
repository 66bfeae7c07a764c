"""What is asked of the page of one message.

Its id stands in the query: it may be any text, and no path can hold `..` or a line feed for sure.
"""

import msgspec

from smsledger.errors import Problem
from smsledger.ledger import zones
from smsledger.web.api.request.query_string import Parameter, Values, read, table_of
from smsledger.web.api.request.report import ZONE

_ID = Parameter("id", "id", str, {"type": "string"}, "The id of the message.")
_TABLE = table_of((_ID, ZONE))


class MessageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The message that is asked for, and the time zone of its dates."""

    id: str
    zone: str = zones.GMT


def parse_message_request(query: bytes) -> MessageRequest:
    """The message that is asked for.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """
    return MessageRequest(**read(query, _TABLE, _require_id))


def _require_id(values: Values) -> list[Problem]:
    return [] if "id" in values else [Problem("invalid_parameter", "id is missing.", "id")]
