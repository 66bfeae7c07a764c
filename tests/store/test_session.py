"""What a session promises on both engines."""

from collections.abc import Sequence

from smsledger.store.session import Row, Session
from smsledger.store.store import Store
from tests.making import PROGRAM
from tests.store.test_consent import make_mo


async def test_a_value_of_all_keys_wins_over_a_column_of_the_same_name(store: Store) -> None:
    async def mos(db: Session, program_id: int) -> Sequence[Row]:
        keys = [{"number": message.number, "program_id": 7}]
        return await db.bulk("mos_of_number", keys, program_id=program_id)

    message = make_mo("STOP")
    await store.record_messages(PROGRAM, [message])
    assert len(await store._engine.read(mos, PROGRAM)) == 1
    assert len(await store._engine.read(mos, 7)) == 0
