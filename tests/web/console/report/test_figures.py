"""Which periods a report's figures are read by, where no index answers its filter."""

import pytest

from smsledger.ledger import instant
from smsledger.ledger.counts import Count, CountsQuery
from smsledger.store.store import Store
from tests.making import PROGRAM, make_message
from tests.web.console.conftest import Visit

DAY = instant.midnight(instant.now()) - 30 * instant.DAY


@pytest.mark.parametrize(("messages", "periods"), [(120, {"day"}), (20, {"day", "hour"})])
async def test_a_common_network_is_read_by_days_and_a_rare_one_by_hours(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch, messages: int, periods: set[str]
) -> None:
    some = [make_message(id=f"m-{n}", date=DAY + n, network="EE") for n in range(messages)]
    await store.record_messages(PROGRAM, some)
    asked, counts = set(), type(store).counts

    async def listen(self: Store, query: CountsQuery) -> list[Count]:
        asked.add(query.by)
        return await counts(self, query)

    monkeypatch.setattr(type(store), "counts", listen)
    page = await (await visit("report")).get(f"/programs/{PROGRAM}?network=EE")
    assert page.text.count("m-") >= 20
    assert asked - {"network"} == periods
