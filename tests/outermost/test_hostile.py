"""What no honest client sends, at the real server: never a 500, never a hang, never a leak."""

import base64
import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.making import PROGRAM, make_row
from tests.outermost.conftest import Serve
from tests.outermost.ledgers import add_program
from tests.outermost.wire import PATH, Wire
from tests.outermost.workers import most_memory_of, workers_of
from tests.server import Server
from tests.web.test_errors import assert_envelope

MIB = 1024 * 1024
GIB = 1024 * MIB
SQL = "x' OR 1=1; DROP TABLE message; --"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, _template: Path) -> Iterator[Server]:
    """The one server that most of this is thrown at."""
    file = shutil.copy(_template, tmp_path_factory.mktemp("hostile") / "ledger.db")
    add_program(f"sqlite:///{file}")
    server = Server(f"sqlite:///{file}")
    server.post([make_row(id=f"there before {n}") for n in range(2)])
    yield server
    server.kill()


@pytest.fixture
def hostile(standing: Server) -> Iterator[Server]:
    """A server that must be well after the test: quick, whole, and with no 500 in its figures."""
    yield standing
    check_health(standing)


def check_health(server: Server) -> None:
    assert httpx.get(f"{server.url}/healthz", timeout=5).status_code == 200
    assert server.get().status_code == 200
    figures = httpx.get(f"{server.url}/metrics").text
    assert re.findall(r'smsledger_requests_total\{.*status="5.."\}.*', figures) == []


def ids_of(server: Server) -> list[str]:
    return [message["id"] for message in server.walk(pageSize=500, include="id")]


def code_of(body: bytes) -> str:
    return str(json.loads(body)["meta"]["generalErrors"][0]["code"])


def memory_of(server: Server) -> int:
    """The bytes that its one worker had at its fullest."""
    return most_memory_of(workers_of(server)[0])


# Size.


def test_a_gigabyte_that_is_announced_is_refused_before_it_is_read(
    hostile: Server, connect: Callable[[Server], Wire]
) -> None:
    status, _, body = connect(hostile).head("POST", f"Content-Length: {GIB}").answer()
    assert (status, code_of(body)) == (413, "body_too_large")


def test_a_body_without_an_end_is_cut_at_the_limit_and_costs_no_memory(
    serve: Serve, connect: Callable[[Server], Wire]
) -> None:
    server = serve()
    before, sent = memory_of(server), 0
    wire = connect(server).head("POST", "Transfer-Encoding: chunked")
    with suppress(ConnectionError):
        while sent < GIB:
            wire.send(b"%x\r\n%s\r\n" % (MIB, b" " * MIB))
            sent += MIB
    assert sent < 64 * MIB
    assert wire.answer()[0] == 413
    assert memory_of(server) - before < 64 * MIB
    check_health(server)


def test_many_large_bodies_at_once_cost_bounded_memory(serve: Serve) -> None:
    server, body = serve(), b"[" + b" " * (8 * MIB - 2) + b"]"
    before = memory_of(server)
    with server.client() as client, ThreadPoolExecutor(8) as pool:
        posts = [pool.submit(client.post, server.program_url, content=body) for _ in range(24)]
    assert {post.result().status_code for post in posts} == {200}
    assert memory_of(server) - before < 256 * MIB
    check_health(server)


def test_a_body_of_millions_of_rows_holds_nobody_up_and_costs_bounded_memory(serve: Serve) -> None:
    server, body = serve(), b"[" + b"0," * (4 * MIB - 2) + b"0]"
    before, slowest = memory_of(server), 0.0
    with server.client() as client, ThreadPoolExecutor(1) as pool:
        post = pool.submit(client.post, server.program_url, content=body, timeout=60)
        while not post.done():
            health = client.get("/healthz", timeout=60)
            slowest = max(slowest, health.elapsed.total_seconds())
    assert post.result().status_code in {200, 400, 413}
    assert len(post.result().content) < 64 * MIB
    assert slowest < 2
    assert memory_of(server) - before < 512 * MIB
    check_health(server)


@pytest.mark.parametrize("length", [20_000, 60_000, 200_000])
def test_an_address_that_is_too_long_is_refused(
    hostile: Server, connect: Callable[[Server], Wire], length: int
) -> None:
    path = f"{PATH}?network={'x' * length}"
    assert connect(hostile).head("GET", path=path).answer()[0] in {400, 414, 431}


def test_heads_that_are_too_long_are_refused(
    hostile: Server, connect: Callable[[Server], Wire]
) -> None:
    with suppress(ConnectionError):  # it may be cut off before all of it was sent
        assert connect(hostile).head("GET", "X-Long: " + "x" * 3 * MIB).answer()[0] == 431
    assert connect(hostile).head("GET", *(f"X-{n}: x" for n in range(1000))).answer()[0] == 431


# Content.


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"id":' * 100_000,
        b'[{"id":1}' * 1000,
        b"\x00" * 1000,
        b"\xff\xfe" * 1000,
        b"",
    ],
    ids=["open", "nested", "objects", "unended", "NUL", "no-UTF-8", "empty"],
)
def test_a_body_that_is_no_rows_is_refused_and_nothing_of_it_stored(
    hostile: Server, body: bytes
) -> None:
    before = ids_of(hostile)
    with hostile.client() as client:
        assert_envelope(client.post(PATH, content=body), 400, "invalid_body")
    assert ids_of(hostile) == before


def test_rows_that_no_text_column_could_hold_are_rejected_alone(hostile: Server) -> None:
    rows = [
        make_row(id="good 1", body="ünïcödé 👋 \u202e"),
        make_row(id="nul", body="a\0b"),
        make_row(id="surrogate", body="\ud83d"),
        make_row(id="year 0", date="0000-01-01T00:00:00"),
        make_row(id="digits", number="9" * 100),
        make_row(id="\0"),
        make_row(id="good 2", body=SQL),
    ]
    with hostile.client() as client:
        report = client.post(PATH, content=json.dumps(rows)).json()["data"]
    fields = {each["index"]: each["field"] for each in report["rejections"]}
    assert fields == {1: "body", 2: "body", 3: "date", 4: "number", 5: "id"}
    bodies = {message["id"]: message["body"] for message in hostile.walk(include="id")}
    assert (bodies["good 1"], bodies["good 2"]) == ("ünïcödé 👋 \u202e", SQL)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("startDate", "0000-01-01T00:00:00"),
        ("endDate", "0000-00-00T00:00:00"),
        ("number", "9" * 100),
        ("number", SQL),
        ("deliveryStatus", SQL),
        ("messageType", SQL),
        ("pageSize", "9" * 100),
        ("page", "-1"),
        ("include", SQL),
        ("cursor", SQL),
        (SQL, "1"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused_by_name(
    hostile: Server, parameter: str, value: str
) -> None:
    answer = hostile.get(**{parameter: value})
    assert answer.status_code == 400
    assert [each["parameter"] for each in answer.json()["meta"]["generalErrors"]] == [parameter]


def test_sql_in_a_network_is_a_network_that_no_message_has(hostile: Server) -> None:
    assert hostile.get(network=SQL).json()["data"]["messages"] == []


# Manners.


def end_of_sending(wire: Wire) -> None:
    """No more from this side; an answer could still be read."""
    with suppress(OSError):  # the server was faster
        wire.socket.shutdown(socket.SHUT_WR)


def test_slow_clients_hold_nobody_up(hostile: Server, connect: Callable[[Server], Wire]) -> None:
    for _ in range(150):
        connect(hostile).send(b"GET / HTTP/1.1\r\nHost: ")
        connect(hostile).head("POST", "Content-Length: 1000").send(b"[")
    assert httpx.get(f"{hostile.url}/healthz", timeout=5).status_code == 200
    assert hostile.post([make_row(id="meanwhile")]).json()["data"]["accepted"] == 1


def test_half_a_body_and_no_more_stores_nothing_and_is_no_error_of_ours(
    hostile: Server, connect: Callable[[Server], Wire]
) -> None:
    body = json.dumps([make_row(id="half")]).encode()
    wire = connect(hostile).head("POST", f"Content-Length: {len(body)}").send(body[:-1])
    end_of_sending(wire)
    assert all(status < 500 for status in wire.statuses())
    assert "half" not in ids_of(hostile)


def test_a_client_that_closes_its_side_early_has_its_message_stored_once_when_it_tries_again(
    hostile: Server, connect: Callable[[Server], Wire]
) -> None:
    row = make_row(id="closed early")
    body = json.dumps([row]).encode()
    wire = connect(hostile).head("POST", f"Content-Length: {len(body)}").send(body)
    end_of_sending(wire)
    assert set(wire.statuses()) <= {200}
    report = hostile.post([row]).json()["data"]
    assert report["accepted"] + report["duplicates"] == 1
    assert ids_of(hostile).count("closed early") == 1


def test_a_client_that_vanishes_in_the_middle_stores_nothing(hostile: Server) -> None:
    body = json.dumps([make_row(id="gone")]).encode()
    for _ in range(20):
        with Wire(hostile) as wire:
            wire.head("POST", f"Content-Length: {len(body)}").send(body[:-1])
    assert "gone" not in ids_of(hostile)


def test_garbage_behind_a_request_spoils_its_own_answer_only(
    hostile: Server, connect: Callable[[Server], Wire]
) -> None:
    wire = connect(hostile).head("GET").send(b"\x16\x03\x01 GARBAGE \x00\r\n\r\n")
    assert wire.statuses() == [200, 400]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00" * 100,
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1%s\r\n\r\n" % (b"0" * 60),
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
    ids=["TLS", "no-address", "9.9", "NUL", "path", "header", "negative", "huge", "chunk"],
)
def test_what_is_no_http_is_refused_and_the_connection_ended(
    hostile: Server, connect: Callable[[Server], Wire], garbage: bytes
) -> None:
    wire = connect(hostile).send(garbage)
    end_of_sending(wire)
    with suppress(ConnectionError):
        assert all(400 <= status < 500 for status in wire.statuses())


def test_an_old_client_without_a_host_is_answered_with_addresses_that_lead_here(
    hostile: Server, connect: Callable[[Server], Wire]
) -> None:
    token = base64.b64encode(":".join(hostile.auth).encode()).decode()
    request = f"GET {PATH}?pageSize=1 HTTP/1.0\r\nAuthorization: Basic {token}\r\n\r\n"
    status, _, body = connect(hostile).send(request.encode()).answer()
    url = json.loads(body)["meta"]["nextPageUrl"]
    assert status == 200
    assert url.startswith(f"{hostile.url}/")
    assert len(httpx.get(url, auth=hostile.auth).json()["data"]["messages"]) == 1


# A client that speaks HTTP/2 begins with this, and with its settings.
HTTP_2_BEGINS = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"


def test_http_2_is_refused_in_http_1(hostile: Server, connect: Callable[[Server], Wire]) -> None:
    wire = connect(hostile).send(HTTP_2_BEGINS)
    with suppress(ConnectionError):
        assert wire.socket.recv(9) in {b"", b"HTTP/1.1 "}  # or it hangs up
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    assert connect(hostile).head("GET", *upgrade).answer()[0] == 200


@pytest.mark.parametrize("repeated", ["Host: ledger.test", "hOST: other.test", "AUTHORIZATION:"])
def test_a_repeated_header_is_refused_on_the_wire(
    hostile: Server, connect: Callable[[Server], Wire], repeated: str
) -> None:
    status, _, body = connect(hostile).head("GET", repeated).answer()
    assert (status, code_of(body)) == (400, "repeated_header")


def test_http_1_1_without_a_host_is_refused(
    hostile: Server, connect: Callable[[Server], Wire]
) -> None:
    status, _, body = connect(hostile).send(b"GET /healthz HTTP/1.1\r\n\r\n").answer()
    assert (status, code_of(body)) == (400, "missing_header")


@pytest.mark.parametrize("method", ["FOO", "OPTIONS", "PUT", "get"])
def test_any_other_method_is_refused_in_the_envelope(
    hostile: Server, connect: Callable[[Server], Wire], method: str
) -> None:
    status, headers, body = connect(hostile).head(method).answer()
    assert (status, code_of(body)) == (405, "method_not_allowed")
    assert headers["allow"]


def test_an_upgrade_to_a_websocket_is_no_error_of_ours(
    hostile: Server, connect: Callable[[Server], Wire]
) -> None:
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", key)
    assert connect(hostile).head("GET", *upgrade).answer()[0] < 500


# Injection.


@pytest.mark.parametrize(
    "host",
    [
        'evil.example/">',
        "evil.example/path?x=",
        "user@evil.example",
        "a b",
        "évil",
        "[::1",
        "x" * 5000 + ":99999999",
        "",
    ],
    ids=["quote", "path", "user", "space", "latin", "bracket", "long", "empty"],
)
def test_a_host_that_no_host_can_be_is_never_repeated_into_an_address(
    hostile: Server, connect: Callable[[Server], Wire], host: str
) -> None:
    wire = connect(hostile).head("GET", host=host, path=f"{PATH}?pageSize=1")
    status, headers, body = wire.answer()
    if status != 400:
        url = json.loads(body)["meta"]["nextPageUrl"]
        assert url.startswith(f"{hostile.url}/api/messages/program/{PROGRAM}?")
        assert headers["link"] == f'<{url}>; rel="next"'


@pytest.mark.parametrize("given", ["x" * 65, "a b", "<script>", "é", "a\tb", "%0d%0aX-Evil: 1", ""])
def test_a_request_id_that_is_not_plain_is_replaced(
    hostile: Server, connect: Callable[[Server], Wire], given: str
) -> None:
    _, headers, _ = connect(hostile).head("GET", f"X-Request-Id: {given}").answer()
    assert re.fullmatch("[0-9a-f]{16}", headers["x-request-id"])
    assert "x-evil" not in headers


def test_a_plain_request_id_comes_back(hostile: Server, connect: Callable[[Server], Wire]) -> None:
    _, headers, _ = connect(hostile).head("GET", "X-Request-Id: trace-1.a_B").answer()
    assert headers["x-request-id"] == "trace-1.a_B"


def test_what_a_stranger_forwards_is_ignored(
    hostile: Server, connect: Callable[[Server], Wire]
) -> None:
    forwarded = (
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Prefix: /evil",
        "X-Forwarded-For: 127.0.0.1",
        "Forwarded: host=evil.example;proto=https",
    )
    _, _, body = connect(hostile).head("GET", *forwarded, path=f"{PATH}?pageSize=1").answer()
    assert json.loads(body)["meta"]["nextPageUrl"].startswith("http://ledger.test/api/")


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic !!!", "Basic AAAA", "Bearer x", "Basic " + "A" * 5000, "Basic AAA6AAA="],
)
def test_a_credential_that_is_none_is_answered_as_a_wrong_one(
    hostile: Server, authorization: str
) -> None:
    answer = httpx.get(hostile.program_url, headers={"Authorization": authorization})
    assert_envelope(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Basic realm="smsledger", charset="UTF-8"'
