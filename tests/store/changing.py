"""Changes to a ledger that nobody else is making at the time."""


async def change(store, program):
    """Let the program under that id be as given."""
    was = await store.program(program.id)
    await store.update_program(program, was=was or program)
