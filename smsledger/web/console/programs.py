"""GET /programs: the programs that a visitor may see."""

from smsledger.web.call import Answer, Call
from smsledger.web.console.frame import Console


class Programs:
    """The list of programs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def page(self, call: Call) -> Answer:
        """All of them."""
        visitor = await self._console.visitor(call)
        programs = await self._console.store.programs()
        seen = [each for each in programs if visitor.credential.sees(each.id)]
        return self._console.page(call, "programs.html", visitor, programs=seen)
