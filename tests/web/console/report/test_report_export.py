"""A report as a file: exactly what is filtered, as the API exports it."""

import html
import re
import shlex
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from smsledger.ledger import instant
from smsledger.ledger.instant import MINUTE
from smsledger.ledger.model import DeliveryStatus
from smsledger.ledger.walk import PageQuery
from smsledger.store.store import Store
from smsledger.web.api import exports
from smsledger.web.console.report.snippets import file_name
from tests.application import EXPORT
from tests.making import PROGRAM, make_program, make_receipt
from tests.web.console.conftest import Visit
from tests.web.console.report.test_report import NOW, REPORT, fill

QUERY = (
    "deliveryStatus=Sent&deliveryStatus=Undelivered&network=T-Mobile&zone=Europe%2FBerlin"
    "&startDate=2026-01-01T00:00&pageSize=25"
)


def addresses(answer: httpx.Response) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'<a href="([^"]+)" download>', answer.text)]


async def test_a_file_of_each_format_is_what_the_api_exports(
    visit: Visit, api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 9)
    undelivered = make_receipt(id="m-4", delivery_status=DeliveryStatus.UNDELIVERED)
    await store.record_receipts(PROGRAM, [undelivered])
    visitor = await visit("report")
    links = addresses(await visitor.get(f"{REPORT}?{QUERY}"))
    assert len(links) == 5
    for address in links:
        answer = await visitor.get(address)
        told = await api.get(f"{EXPORT}?{urlsplit(address).query}")
        assert answer.status_code == told.status_code == 200
        assert answer.content == told.content
        assert answer.headers["content-type"] == told.headers["content-type"]
        assert f'filename="{PROGRAM}-summer-sale.' in answer.headers["content-disposition"]


async def test_a_window_is_exported_as_the_clock_of_its_zone_says(
    visit: Visit, store: Store
) -> None:
    shown = await (await visit("report")).get(f"{REPORT}?{QUERY}")
    assert all("startDate=2025-12-31T23%3A00%3A00" in each for each in addresses(shown))


async def test_an_export_breaks_off_when_the_session_ends(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(exports, "STEP", 3)
    await fill(store, 9)
    visitor = await visit("report")
    read = exports.Exports._read

    async def after_signing_out(
        self: exports.Exports, judge: Callable[..., Any], asked: PageQuery
    ) -> Any:
        await store.end_sessions("visitor")
        return await read(self, judge, asked)

    monkeypatch.setattr(exports.Exports, "_read", after_signing_out)
    with pytest.raises(AssertionError):  # the answer has no end
        await visitor.get(f"{REPORT}/export?format=ndjson")
    assert "cause=SignInNeeded" in capsys.readouterr().out


async def test_what_the_api_does_not_take_is_told_on_a_page(visit: Visit) -> None:
    answer = await (await visit("report")).get(f"{REPORT}/export?format=csv&colour=red")
    assert answer.status_code == 400
    assert "There is no parameter" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


async def test_lines_to_copy_ask_for_the_same(visit: Visit, store: Store) -> None:
    visitor = await visit("report")
    window = instant.render_seconds(NOW - MINUTE)
    shown = await visitor.get(f"{REPORT}?messageType=MO&network=A%26T's&startDate={window}")
    curl, command = [
        shlex.split(html.unescape(line))
        for line in re.findall(r"<code>((?:curl --fail|smsledger export) [^<]+)</code>", shown.text)
    ]
    asked = f"messageType=MO&startDate={window.replace(':', '%3A')}&network=A%26T%27s"
    assert curl[-1] == f"http://ledger.test{EXPORT}?format=csv&{asked}"
    assert curl[1:-1] == ["--fail", "--user", "visitor", "--output", f"{PROGRAM}-summer-sale.csv"]
    assert command[:3] == ["smsledger", "export", "http://ledger.test"]
    assert command[-4:] == ["--from", window, "--type=MO", "--network=A&T's"]


async def test_who_may_not_export_by_the_api_is_told_so(visit: Visit) -> None:
    shown = await (await visit("report")).get(REPORT)
    assert "credential of scope <em>export</em>" in shown.text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Summer Sale", "121811-summer-sale"),
        ("Größe & Co./..\\", "121811-groe-co"),
        ("促销", "121811"),
        ('a"b\r\nc', "121811-a-b-c"),
    ],
)
def test_a_file_has_a_name_that_every_disk_takes(name: str, expected: str) -> None:
    assert file_name(make_program(name=name)) == expected
