"""/programs/{programId}/messages/{messageId}: one message, and all that was said about it."""

from zoneinfo import ZoneInfo

import msgspec

from smsledger import zones
from smsledger.errors import NotFound
from smsledger.request.query_string import split
from smsledger.web.call import Answer, Call
from smsledger.web.console.frame import Console


class Messages:
    """The pages of single messages."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def page(self, call: Call) -> Answer:
        """A message with its text and its history.

        Raises:
            NotFound: there is none under the id.
        """
        visitor = await self._console.visitor(call)
        program = await self._console.program(call, visitor)
        message_id = call.scope["path_params"]["messageId"]
        message = await self._console.store.message(program.id, message_id)
        if message is None:
            raise NotFound
        zone = _zone_of(call)
        return self._console.page(
            call,
            "report/message.html",
            visitor,
            program=program,
            message=message,
            body=msgspec.json.decode(message.fragment)["body"],
            history=await self._console.store.history(program.id, message_id),
            zone=zone,
            clock=ZoneInfo(zone),
        )


def _zone_of(call: Call) -> str:
    given = split(call.scope["query_string"]).get("zone", [])
    return given[0] if given and given[0] in zones.names() else zones.GMT
