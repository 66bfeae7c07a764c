from functools import reduce
from itertools import permutations
from typing import Any

from smsledger.ledger.export_log import Progress


def make_progress(**what_matters: Any) -> Progress:
    plausible: dict[str, Any] = {
        "export_id": b"e",
        "skipped": 0,
        "reached": 50,
        "updated_at": 1,
        "complete": False,
    }
    return Progress(**{**plausible, **what_matters})


def test_progress_is_the_same_in_whatever_order_it_comes() -> None:
    parts = [
        make_progress(reached=50),
        make_progress(skipped=50, reached=100, updated_at=3),
        make_progress(skipped=100, reached=120, updated_at=2, complete=True),
        make_progress(skipped=50, reached=100, updated_at=2, added=3),
        make_progress(added=4),
    ]
    whole = make_progress(reached=120, updated_at=3, complete=True, added=7)
    assert {reduce(Progress.and_also, order) for order in permutations(parts)} == {whole}
