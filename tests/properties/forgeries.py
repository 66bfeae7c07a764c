"""Cursors that nobody handed out: the checksum is right, the content is hostile."""

import base64
import hashlib
from typing import Any

import msgspec
from hypothesis import strategies as st

from smsledger.ledger import instant
from tests.making import PROGRAM
from tests.properties.queries import STATUSES, Item

_counters = st.one_of(
    st.integers(0, 10), st.sampled_from([2**31, 2**53, 2**63 - 1, 2**63, 2**64 - 1])
)
NOW = instant.now()
_instants = st.one_of(
    st.integers(NOW - instant.DAY, NOW),
    st.sampled_from([instant.EARLIEST, instant.LATEST, 0, -1, NOW]),
)
_texts = st.text(st.characters(codec="utf-8"), max_size=8)


def _repeated(items: list[Item]) -> st.SearchStrategy[list[Item]]:
    return st.sampled_from([1, 25, 1200]).map(lambda times: items * times)


def sealed(payload: bytes) -> str:
    """The text of a payload, with the version and the checksum that make it look handed out."""
    data = b"\x01" + hashlib.blake2b(payload, digest_size=6).digest() + payload
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def forge(epoch: str, **what_matters: Any) -> str:
    """A cursor as its wire has it, into a ledger of which no message was seen."""
    plausible: dict[str, Any] = {
        "program": PROGRAM,
        "pin": 0,
        "began": NOW,
        "start": NOW - instant.DAY,
        "end": NOW,
        "type": None,
        "statuses": [],
        "numbers": [],
        "networks": [],
        "date": NOW - instant.DAY,
        "serial": 0,
        "page": 2,
        "size": 50,
        "issued": NOW,
    }
    said = {**plausible, **what_matters}
    filters = [said[each] for each in ("type", "statuses", "numbers", "networks")]
    walk = [epoch, *(said[each] for each in ("program", "pin", "began", "start", "end")), filters]
    key = [said["date"], said["serial"]]
    return sealed(msgspec.msgpack.encode([walk, key, said["page"], said["size"], said["issued"]]))


_HOSTILE = {
    "program": st.sampled_from([0, -1, 2**63]),
    "pin": _counters,
    "began": _instants,
    "start": _instants,
    "end": _instants,
    "type": st.sampled_from(["MO", "MT", "MX"]),
    "statuses": st.lists(st.sampled_from(STATUSES), max_size=3).flatmap(_repeated),
    "numbers": st.lists(_texts, max_size=4).flatmap(_repeated),
    "networks": st.lists(st.none() | _texts, max_size=2).flatmap(_repeated),
    "date": _instants,
    "serial": _counters,
    "page": st.sampled_from([3, 2**53, 2**53 + 1, 1, 0, -1]),
    "size": st.sampled_from([1, 500, 501, 0, -1, 2**62]),
    "issued": _instants,
}


@st.composite
def forged(draw: st.DrawFn, epoch: str) -> str:
    """A cursor of which some fields are somebody's invention."""
    names = draw(st.lists(st.sampled_from(sorted(_HOSTILE)), unique=True, max_size=4))
    of = draw(st.sampled_from([epoch, epoch, epoch, "", "another", "\0"]))
    return forge(of, **{name: draw(_HOSTILE[name]) for name in names})


# A good version byte and checksum before any MessagePack, or none.
scrap = st.binary(max_size=60).map(sealed)
