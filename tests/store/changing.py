"""Changes to a ledger that nobody else is making at the time."""

from smsledger.ledger.model import Program
from smsledger.store.store import Store


async def change(store: Store, program: Program) -> None:
    """Let the program under that id be as given."""
    was = await store.program(program.id)
    await store.update_program(program, was=was or program)
