"""The document and the code, held together: neither says what the other does not."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from starlette.routing import Route

import smsledger
from smsledger import errors
from smsledger.intake import rows
from smsledger.intake.gateways import kannel
from smsledger.intake.gateways.arrival import Arrival, GatewayRequest
from smsledger.ledger import instant
from smsledger.ledger.cursor import MAX_CURSOR
from smsledger.ledger.fields import INCLUDABLE
from smsledger.ledger.model import DeliveryStatus, MessageType, Receipt
from smsledger.ledger.walk import PageRequest
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web.api import changes, counts, pages
from smsledger.web.api.openapi.document import document
from smsledger.web.api.openapi.fields import FACTS
from smsledger.web.api.openapi.refusals import refusals
from smsledger.web.api.openapi.schemas import Message
from smsledger.web.api.pages import parse_page_request
from smsledger.web.api.request import exports
from smsledger.web.app import _routes
from smsledger.web.docs import Files
from smsledger.web.drain import Drain
from smsledger.web.export_log import ExportLog
from tests.application import PAGES, RECEIPTS, application
from tests.web.api.documented import validate

DOCUMENT = json.loads(json.dumps(document()))
SCHEMAS = DOCUMENT["components"]["schemas"]
# Pages for people, and what they load; the document is about the API.
FOR_PEOPLE = {"/docs", "/static/{file:path}"}
MANY = ",".join(map(str, range(101)))
# Errors that only pages for people have.
OF_PAGES = {"sign_in_needed", "foreign_form", "too_many_attempts"}


def documented() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        yield from ((path, method.upper(), told) for method, told in item.items())


def properties() -> Iterator[tuple[str, dict[str, Any]]]:
    for schema in SCHEMAS.values():
        for name, told in schema.get("properties", {}).items():
            yield name, {key: value for key, value in told.items() if key == "type"}


def routed(store: Store) -> Iterator[tuple[str, str]]:
    for route in _routes(store, Settings(), Drain(None), Files(), ExportLog(store)):
        assert isinstance(route, Route)
        resource: Any = route.endpoint
        yield from ((route.path, method) for method in resource.methods)


def test_the_document_is_openapi() -> None:
    schemathesis.openapi.from_dict(document()).validate()


async def test_every_route_is_documented_and_the_reverse(store: Store) -> None:
    served = {(path, method) for path, method in routed(store) if path not in FOR_PEOPLE}
    heads = {(path, method) for path, method in served if method == "HEAD"}
    assert {(path, method) for path, method, _ in documented()} == served - heads
    assert {(path, "GET") for path, _ in heads} <= served


def test_generated_clients_keep_the_names_of_their_functions() -> None:
    assert [told["operationId"] for _, _, told in documented()] == [
        "exportMessages",
        "ingestMessages",
        "exportAllMessages",
        "exportChanges",
        "countMessages",
        "exportOptOuts",
        "ingestReceipts",
        "receiveKannelMessage",
        "receiveKannelMessagePosted",
        "receiveKannelReceipt",
        "getHealth",
        "getReadiness",
        "getMetrics",
        "getOpenApi",
    ]


@pytest.mark.parametrize(
    ("path", "table"),
    [("", pages), ("/export", exports), ("/changes", changes), ("/counts", counts)],
)
def test_every_parameter_is_documented_and_the_reverse(path: str, table: ModuleType) -> None:
    told = DOCUMENT["paths"][f"/api/messages/program/{{programId}}{path}"]["get"]["parameters"]
    parameters = DOCUMENT["components"]["parameters"]
    names = [parameters[each["$ref"].rsplit("/", 1)[1]]["name"] for each in told]
    assert names == ["programId", *(each.name for each in table.PARAMETERS)]


@pytest.mark.parametrize(
    ("name", "text", "value", "read"),
    [
        ("messageType", "MO", "MO", {"message_type": MessageType.MO}),
        (
            "startDate",
            "2014-12-05T10:00:00.25+01:00",
            "2014-12-05T10:00:00.25+01:00",
            {"start": 1_417_770_000_250_000},
        ),
        (
            "endDate",
            "2014-12-05T10:00:00",
            "2014-12-05T10:00:00",
            {"end": 1_417_773_600_999_999},
        ),
        ("pageSize", "500", 500, {"page_size": 500}),
        ("page", "1", 1, {"page": 1}),
        (
            "deliveryStatus",
            "Error,Sent",
            "Error,Sent",
            {"delivery_statuses": (DeliveryStatus.SENT, DeliveryStatus.ERROR)},
        ),
        (
            "number",
            "447700900000,+15556667777",
            "447700900000,+15556667777",
            {"numbers": ("15556667777", "447700900000")},
        ),
        ("network", "", [""], {"networks": (None,)}),
        ("include", "gateway,id", "gateway,id", {"include": ("id", "gateway")}),
    ],
)
def test_what_a_parameter_reads_is_of_its_schema(
    name: str, text: str, value: int | list[str] | str, read: dict[str, Any]
) -> None:
    asked = parse_page_request(f"{name}={text.replace('+', '%2B')}".encode(), 50, 365)
    assert asked == PageRequest(**{"page_size": 50, **read})
    validate(DOCUMENT, DOCUMENT["components"]["parameters"][name]["schema"], value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("messageType", "MX", "MX"),
        ("startDate", "2014-12-05", "2014-12-05"),
        ("endDate", "2014-12-05T10:00", "2014-12-05T10:00"),
        ("pageSize", "501", 501),
        ("pageSize", "0", 0),
        ("page", "0", 0),
        ("deliveryStatus", "Sent,", "Sent,"),
        ("number", "1" * 21, "1" * 21),
        ("number", MANY, MANY),
        ("include", "body", "body"),
        ("cursor", "x" * (MAX_CURSOR + 1), "x" * (MAX_CURSOR + 1)),
    ],
)
def test_what_is_not_of_a_parameter_s_schema_is_not_read(
    name: str, text: str, value: int | str
) -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        validate(DOCUMENT, DOCUMENT["components"]["parameters"][name]["schema"], value)
    with pytest.raises(errors.InvalidRequest) as caught:
        parse_page_request(f"{name}={text}".encode(), 50, 365)
    assert [problem.parameter for problem in caught.value.problems] == [name]


@pytest.mark.parametrize(
    "text",
    [
        *("2014-00-05T10:00:00", "2014-13-05T10:00:00", "2014-12-00T10:00:00"),
        *("2014-12-32T10:00:00", "2014-12-05T24:00:00", "2014-12-05T10:60:00+24:00"),
    ],
)
def test_a_pattern_of_dates_knows_months_days_and_times(text: str) -> None:
    patterns = set(re.findall(r'"pattern": "([^"]*T[^"]*)"', json.dumps(DOCUMENT)))
    assert len(patterns) == 3
    assert not any(re.search(json.loads(f'"{each}"'), text) for each in patterns)


def test_no_type_is_only_null_and_no_body_of_lines_is_empty() -> None:
    assert [name for name, kind in properties() if kind == {"type": "null"}] == []
    for path in (PAGES, RECEIPTS):
        told = DOCUMENT["paths"][path.replace("121811", "{programId}")]["post"]["requestBody"]
        lines = [content["schema"] for content in told["content"].values()]
        assert all(schema["minLength"] == 1 for schema in lines if schema.get("type") == "string")


def test_every_operation_tells_of_the_414_that_has_no_body() -> None:
    for _, _, told in documented():
        assert "without a body" in told["responses"]["414"]["description"]


@pytest.mark.parametrize("text", ["2014-12-05", "2014-12-05 10:00:00", "2014-12-05T10:00", ""])
def test_a_date_is_a_pattern_that_says_what_is_read(text: str) -> None:
    assert re.search(instant.DATE_PATTERN, "2014-12-05T10:00:00")
    assert not re.search(instant.DATE_PATTERN, text)
    assert "date-time" not in json.dumps(DOCUMENT["paths"]) + json.dumps(SCHEMAS)


def test_every_error_code_is_documented_and_the_reverse() -> None:
    tree = str(errors.__doc__).split("\n\n")[1]
    told = {
        code
        for _, _, operation in documented()
        for answer in operation["responses"].values()
        for code in answer.get("content", {}).get("application/json", {}).get("examples", ())
    }
    assert told == set(re.findall(r"\b[a-z_]+\b", tree)) - OF_PAGES == set(refusals())


def test_no_problem_has_a_code_of_its_own() -> None:
    package = Path(smsledger.__file__).parent
    calls = (
        node
        for file in package.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Problem", "_refused"}
    )
    first = (call.args[0] for call in calls if call.args)
    codes = {each.value for each in first if isinstance(each, ast.Constant)}
    assert codes
    assert codes <= set(refusals()) | OF_PAGES


def test_every_operation_can_fail_by_a_bug_and_by_its_method() -> None:
    for _, _, told in documented():
        assert {"405", "500"} <= set(told["responses"])
        assert ("401" in told["responses"]) == bool(told["security"])


def test_every_field_is_explained_and_no_other() -> None:
    for name, facts in FACTS.items():
        assert set(facts) == set(SCHEMAS[name]["properties"])
        assert all("description" in field for field in SCHEMAS[name]["properties"].values())


def test_a_message_has_its_fields_in_their_order() -> None:
    told = list(SCHEMAS["Message"]["properties"])
    assert told == list(Message.__struct_encode_fields__)
    assert told[6:] == list(INCLUDABLE)
    assert SCHEMAS["Message"]["required"] == told[:6]
    assert list(SCHEMAS["MessageRow"]["properties"]) == list(rows.COLUMNS)


def test_every_example_is_of_its_schema() -> None:
    for _, _, told in documented():
        contents = [told.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in told["responses"].values()]
        for content in (content for each in contents for content in each.values()):
            if "example" in content:
                validate(DOCUMENT, content["schema"], content["example"])
    for example in DOCUMENT["components"]["examples"].values():
        validate(DOCUMENT, {"$ref": "#/components/schemas/ErrorEnvelope"}, example["value"])


@pytest.mark.parametrize("path", [PAGES, RECEIPTS])
async def test_the_examples_of_bodies_are_accepted(api: httpx.AsyncClient, path: str) -> None:
    told = DOCUMENT["paths"][path.replace("121811", "{programId}")]["post"]["requestBody"]
    for media_type, content in told["content"].items():
        example = content["example"]
        body = example if isinstance(example, str) else json.dumps(example)
        answer = await api.post(path, content=body, headers={"content-type": media_type})
        assert answer.json()["data"]["rejected"] == 0


def test_every_field_that_kannel_is_told_to_send_is_documented() -> None:
    told = {
        (each["in"], each["name"])
        for path, _, operation in documented()
        if "kannel" in path
        for each in operation["parameters"]
    }
    sent = {("query", name) for name in re.findall(r"[?&](\w+)=", kannel.__doc__)}
    assert sent <= told
    headers = {name.lower().encode() for place, name in told if place == "header"}
    assert headers == set(kannel._HEADERS.values())


@pytest.mark.parametrize(
    ("path", "parse"), [("mo", kannel.parse_mo), ("receipt", kannel.parse_receipt)]
)
def test_every_documented_field_of_kannel_is_read(
    path: str, parse: Callable[..., Arrival | tuple[int | None, Receipt]]
) -> None:
    odd = {"coding": "2", "charset": "UTF-16BE", "udh": "%05%00%03%01%02%01", "each": "1"}
    for told in DOCUMENT["paths"][f"/api/gateways/kannel/{path}"]["get"]["parameters"]:
        given = f"{told['name']}={odd.get(told['name'], '8')}&id=m&number=1&text=a"
        without = given.split("&", 1)[1]
        queries = (given.encode(), without.encode())
        first, second = (GatewayRequest(query=each, headers={}, body=b"") for each in queries)
        assert parse(first) != parse(second), told["name"]


async def test_the_server_is_where_the_caller_sees_it(store: Store, store_url: str) -> None:
    url = "https://sms.example.com/ledger"
    async with application(store, store_url, public_url=url) as client:
        told = (await client.get("/openapi.json", auth=None)).json()
    assert told == {**DOCUMENT, "servers": [{"url": url}]}
