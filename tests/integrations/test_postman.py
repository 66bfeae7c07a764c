"""The Postman collection: held to the document, sent to the application, its scripts run."""

import asyncio
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest

from smsledger.web.api import changes, counts, pages
from smsledger.web.api.openapi.document import document
from smsledger.web.api.request import exports
from tests.application import SECRET
from tests.chromium import chromium
from tests.making import PROGRAM, make_row
from tests.server import Server

FOLDER = Path(__file__).parents[2] / "integrations/postman"
COLLECTION = json.loads((FOLDER / "smsledger.postman_collection.json").read_text())
ENVIRONMENT = json.loads((FOLDER / "smsledger.example.postman_environment.json").read_text())
RUNNER = Path(__file__).with_name("postman.js").read_text()
ITEMS = {item["name"]: item for folder in COLLECTION["item"] for item in folder["item"]}
ALL_PAGES = "Export all pages"
# Operations asked for in a certain way; every other item is named as its operation is.
WAYS = {
    ALL_PAGES: "Export a page of messages",
    "Export NDJSON with a manifest": "Export all messages in one answer",
    "Export CSV for a spreadsheet": "Export all messages in one answer",
    "Export a workbook": "Export all messages in one answer",
    "Follow what changed": "Export what changed",
}
# A cursor is no choice: it comes with a nextPageUrl, or from a checkpoint.
TICKED = {
    "Export a page of messages": [each for each in pages.PARAMETERS if each.name != "cursor"],
    "Export all messages in one answer": [
        each for each in exports.PARAMETERS if each.name != "resume"
    ],
    "Export what changed": changes.PARAMETERS,
    "Count messages": counts.PARAMETERS,
}


def filled(text: str, **variables: str) -> str:
    for name, value in variables.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def script(item: dict[str, Any], kind: str) -> str:
    [found] = (event["script"] for event in item["event"] if event["listen"] == kind)
    return "\n".join(found["exec"])


def test_it_is_a_collection_of_version_2_1() -> None:
    assert COLLECTION["info"]["schema"].endswith("/collection/v2.1.0/collection.json")
    for item in ITEMS.values():
        url = item["request"]["url"]
        shown = [query for query in url.get("query", []) if not query.get("disabled")]
        query = "&".join(f"{each['key']}={each['value']}" for each in shown)
        assert url["raw"] == "/".join(url["host"] + url["path"]) + (query and f"?{query}")


def test_its_variables_are_those_of_the_environment_and_no_other_is_used() -> None:
    declared = {variable["key"] for variable in COLLECTION["variable"]}
    assert declared == {variable["key"] for variable in ENVIRONMENT["values"]}
    assert declared == set(re.findall(r"{{(\w+)}}", json.dumps(COLLECTION)))


def test_it_authenticates_with_the_variables_and_holds_no_secret() -> None:
    basic = {each["key"]: each["value"] for each in COLLECTION["auth"]["basic"]}
    assert basic == {"username": "{{username}}", "password": "{{secret}}"}
    secrets = [each for each in ENVIRONMENT["values"] if each["key"] == "secret"]
    assert [(each["type"], each["value"]) for each in secrets] == [("secret", "")]


@pytest.mark.parametrize("name", ITEMS)
def test_a_request_is_an_operation_of_the_document_by_its_name(name: str) -> None:
    request = ITEMS[name]["request"]
    path = "/" + filled("/".join(request["url"]["path"]), programId="{programId}")
    told = document()["paths"][path][request["method"].lower()]
    assert told["summary"] == WAYS.get(name, name)
    assert ("auth" in request) == (told["security"] == [])


@pytest.mark.parametrize("name", TICKED)
def test_every_filter_can_be_ticked(name: str) -> None:
    offered = ITEMS[name]["request"]["url"]["query"]
    told = [(each.name, each.description) for each in TICKED[name]]
    assert [(each["key"], each["description"]) for each in offered] == told
    assert all(each["disabled"] for each in offered)


@pytest.mark.parametrize("name", ITEMS)
async def test_a_request_is_answered(api: httpx.AsyncClient, name: str) -> None:
    request = ITEMS[name]["request"]
    variables = {"baseUrl": "http://ledger.test", "programId": str(PROGRAM), "nextToken": "0"}
    url = filled(request["url"]["raw"], **variables)
    headers = {each["key"]: each["value"] for each in request.get("header", [])}
    body = request.get("body", {}).get("raw")
    answer = await api.request(request["method"], url, content=body, headers=headers)
    assert answer.status_code == 200
    assert '"rejected":0' in answer.text or request["method"] == "GET"


async def ran(item: dict[str, Any], server: Server, **given: Any) -> dict[str, Any]:
    """What the scripts of a request did with a real server, in a real engine."""
    url = filled(item["request"]["url"]["raw"], baseUrl=server.url, programId=str(PROGRAM))
    user, secret = given.get("auth", server.auth)
    task = {
        "name": item["name"],
        "url": url.replace("pageSize=500", "pageSize=7"),
        "prerequest": script(item, "prerequest"),
        "test": script(item, "test"),
        "authorization": f"Basic {b64encode(f'{user}:{secret}'.encode()).decode()}",
    }
    async with asyncio.timeout(60), chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{server.url}/healthz")
        done: dict[str, Any] = await page.evaluate(RUNNER, task)
        return done


async def test_a_run_follows_all_pages_and_counts_the_messages(server: Server) -> None:
    server.post([make_row(id=f"m-{n}") for n in range(20)])
    run = await ran(ITEMS[ALL_PAGES], server)
    assert run["failed"] == []
    assert run["passed"][-1] == "20 messages on 3 pages"
    assert len(set(run["visited"])) == 3


async def test_a_run_that_is_refused_ends_and_says_so(server: Server) -> None:
    run = await ran(ITEMS[ALL_PAGES], server, auth=("nobody", SECRET))
    assert run["failed"] == ["Page 1 is answered"]
    assert run["passed"] == []
