"""/programs/{programId}/message?id=…: one message, and all that was said about it."""

from zoneinfo import ZoneInfo

import msgspec

from smsledger.errors import NotFound
from smsledger.ledger.fields import FURTHER
from smsledger.web.api.request.message import parse_message_request
from smsledger.web.call import Answer, Call
from smsledger.web.console.frame import Console

# What most messages of a program share is shown before what differs from message to message.
_FURTHER = sorted(
    (field for field in FURTHER if field.label), key=lambda field: not field.few_values
)


class Messages:
    """The pages of single messages."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def page(self, call: Call) -> Answer:
        """A message with its text and its history.

        Raises:
            InvalidRequest: the query names none.
            NotFound: there is none under the id.
        """
        visitor = await self._console.visitor(call)
        program = await self._console.program(call, visitor)
        asked = parse_message_request(call.scope["query_string"])
        message = await self._console.store.message(program.id, asked.id)
        if message is None:
            raise NotFound
        return self._console.page(
            call,
            "report/message.html",
            visitor,
            program=program,
            message=message,
            further=_FURTHER,
            body=msgspec.json.decode(message.fragment)["body"],
            history=await self._console.store.history(program.id, asked.id),
            zone=asked.zone,
            clock=ZoneInfo(asked.zone),
        )
