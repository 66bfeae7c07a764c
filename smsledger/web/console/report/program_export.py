"""/programs/{programId}/export: a report as a file, by the session of who looks at it."""

from smsledger.web.api.exports import Caller, Exports
from smsledger.web.call import Call
from smsledger.web.console.frame import Console
from smsledger.web.console.report.snippets import file_name
from smsledger.web.stream import Stream


class ProgramExports:
    """Whole exports, as the API makes them."""

    def __init__(self, console: Console, exports: Exports) -> None:
        self._console = console
        self._exports = exports

    async def get(self, call: Call) -> Stream:
        """The file that the query asks for, in the words of the API."""

        async def authorize() -> Caller:
            visitor = await self._console.visitor(call)
            program = await self._console.program(call, visitor)
            return Caller(visitor.credential, program)

        return await self._exports.export(call, authorize, file_name, "report")
