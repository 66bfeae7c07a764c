"""Bodies for the ingest operations to meet: rows good and bad, and bytes that are no rows."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.making import make_row

DEEP = 100_000
_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = (
    *("id", "type", "number", "body", "date", "deliveryStatus", "network", "shortCode"),
    *("gateway", "segments", "errorCode", "updatedAt", "text", "unknown"),
)


def _as_json(row: dict[str, Any]) -> bytes:
    return json.dumps(row).encode()


# Objects whose fields have the right names and anything for values.
objects = st.dictionaries(st.sampled_from(FIELDS), _json, max_size=8).map(_as_json)

# One row each, and the field that its rejection names (None: the row as a whole).
BAD = (
    (_as_json(make_row(type="MX")), "type"),
    (_as_json(make_row(type=None)), "type"),
    (_as_json(make_row(deliveryStatus="Delivered")), "deliveryStatus"),
    (_as_json(make_row(number="12")), "number"),
    (_as_json(make_row(number="9" * 100)), "number"),
    (_as_json(make_row()).replace(b'"15556667777"', b"9" * 100), "number"),
    (_as_json(make_row(body="a\0b")), "body"),
    (_as_json(make_row(body="\ud800")), "body"),
    (_as_json(make_row(body="\udfff" * 3)), "body"),
    (_as_json(make_row(body="x" * 10_001)), "body"),
    (_as_json(make_row(body=["JOIN"])), "body"),
    (_as_json(make_row(body="SPOILT")).replace(b"SPOILT", b"\xff\xfe"), "body"),
    (_as_json(make_row(body="SPOILT")).replace(b"SPOILT", b"a\\\xff"), None),
    (_as_json(make_row(network="\0")), "network"),
    (_as_json(make_row(id="")), "id"),
    (_as_json(make_row(id="x" * 256)), "id"),
    (_as_json(make_row(date="0000-01-01T00:00:00")), "date"),
    (_as_json(make_row(date="9999-12-31T23:59:59")), "date"),
    (_as_json(make_row(date="2001-01-01T00:00:00")), "date"),
    (_as_json(make_row(date=20240101)), "date"),
    (_as_json(make_row(segments=0)), "segments"),
    (_as_json(make_row(surprise=1)), "surprise"),
    (b'{"type":"MO","number":"15556667777","body":"JOIN"}', "id"),
    (b"{}", "id"),
    (b"[]", None),
    (b"null", None),
    (b'"JOIN"', None),
    (b"9" * 100, None),
)
# Lines of NDJSON that are no JSON, which an array cannot hold.
BAD_LINES = (
    (b'{"id":"half', None),
    (b'{"id":"m-1","body":"a\x00b"}', None),
    (b'{"id":' + b"[" * DEEP, "id"),
    (b"<xml/>", None),
)

# Any bytes, most of them nearly rows.
_pieces = st.one_of(
    objects,
    st.sampled_from([row for row, _ in (*BAD, *BAD_LINES)]),
    st.sampled_from([b"[", b"]", b",", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"{", b"}"]),
    st.sampled_from([b"[" * DEEP, b'{"id":' * DEEP, b'[{"id":1},' * 10]),
    st.binary(max_size=10),
)
garbage = st.lists(_pieces, max_size=6).map(b"".join) | st.lists(_pieces, max_size=6).map(
    lambda pieces: b"[" + b",".join(pieces) + b"]"
)


def array(rows: list[bytes]) -> bytes:
    return b"[" + b",\n".join(rows) + b"]"


def lines(rows: list[bytes]) -> bytes:
    return b"\n".join(rows)
