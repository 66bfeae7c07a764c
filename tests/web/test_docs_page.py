"""/docs: what the page may load, and the files that it loads."""

import gzip
import hashlib
import http.client
import re

import httpx
import pytest

from smsledger.web.docs import FOLDER
from tests.server import Server

SCRIPT = "/static/swagger-ui/swagger-ui-bundle.js"
STYLE = "/static/swagger-ui/swagger-ui.css"


async def test_the_page_may_load_and_ask_its_own_server_only(api: httpx.AsyncClient) -> None:
    answer = await api.get("/docs", auth=None)
    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'; style-src 'self'; " in policy
    assert "unsafe" not in policy
    assert "//" not in answer.text
    assert not re.search(r"<script(?! src=)|<style| on\w+=", answer.text)


async def test_what_the_page_names_may_be_kept_for_ever(api: httpx.AsyncClient) -> None:
    named = re.findall(r'(?:href|src)="(static/[^"]+)"', (await api.get("/docs")).text)
    assert len(named) == 5
    for url in named:
        answer = await api.get(f"/{url}", auth=None)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        (SCRIPT, "text/javascript; charset=utf-8"),
        (STYLE, "text/css; charset=utf-8"),
        ("/static/icon.svg", "image/svg+xml"),
    ],
)
async def test_a_file_is_served_as_what_it_is(
    api: httpx.AsyncClient, path: str, content_type: str
) -> None:
    answer = await api.get(path)
    assert answer.headers["content-type"] == content_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == (FOLDER / path.removeprefix("/static/")).read_bytes()


async def test_a_file_travels_compressed(api: httpx.AsyncClient) -> None:
    async with api.stream("GET", SCRIPT, headers={"accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        sent = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert len(sent) < 700_000
    assert gzip.decompress(sent) == (FOLDER / "swagger-ui/swagger-ui-bundle.js").read_bytes()


async def test_a_file_without_its_digest_is_asked_for_again_and_not_sent_again(
    api: httpx.AsyncClient,
) -> None:
    first = await api.get(STYLE)
    assert first.headers["cache-control"] == "no-cache"
    again = await api.get(STYLE, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "content-length" not in again.headers
    other = await api.get(STYLE, headers={"if-none-match": 'W/"another"'})
    assert other.status_code == 200


ELSEWHERE = (
    "/static/../docs.py",
    "/static/%2e%2e/docs.py",
    "/static/..%2f..%2fcli%2fserve.py",
    "/static//etc/passwd",
    "/static/",
    "/static",
    "/static/docs.html",
    "/static/swagger-ui/LICENSE",
    "/docs/",
)


def test_no_other_file_can_be_asked_for(server: Server) -> None:
    for path in ELSEWHERE:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", path)  # as it is: httpx would tidy the path
        answer = connection.getresponse()
        assert answer.status == 404
        assert b'"code":"not_found"' in answer.read()
        connection.close()


async def test_files_are_read_only(api: httpx.AsyncClient) -> None:
    answer = await api.post(STYLE)
    assert answer.status_code == 405
    assert answer.json()["meta"]["generalErrors"][0]["code"] == "method_not_allowed"
    assert answer.headers["cache-control"] == "no-store"


def test_the_files_of_others_are_as_they_were_published() -> None:
    note = (FOLDER / "swagger-ui/README.md").read_text()
    for name, digest in re.findall(r"\| (\S+) \| ([0-9a-f]{64}) \|", note):
        assert hashlib.sha256((FOLDER / "swagger-ui" / name).read_bytes()).hexdigest() == digest
    assert note.count("| swagger-ui") == 2
