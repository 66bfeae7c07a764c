"""An answer against the document: its status, its content, its headers, its codes, its schema."""

import copy
import json
import re
from typing import Any

import httpx
import jsonschema_rs


def operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """What the document says of the method at the path."""
    for template, item in document["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            found: dict[str, Any] = item[method]
            return found
    raise AssertionError(f"{path} is not documented")


def assert_as_documented(document: dict[str, Any], answer: httpx.Response, at: str = "") -> None:
    """Hold an answer to what the document says of its request's operation.

    `at` is the operation's "METHOD path" where the request's own is not documented, as of a 405.
    """
    method, path = at.split() if at else (answer.request.method, answer.request.url.path)
    told = operation(document, method.lower(), path)["responses"][str(answer.status_code)]
    for name in told["headers"]:
        assert name in answer.headers or not header(document, name).get("required"), name
    media_type = answer.headers["content-type"].split(";")[0]
    content = told["content"][media_type]
    body: Any = answer.json() if media_type == "application/json" else answer.text
    validate(document, content["schema"], body)
    if answer.status_code >= 400:
        codes = {problem["code"] for problem in body["meta"]["generalErrors"]}
        assert codes <= set(content["examples"])


def header(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["headers"][name]
    return found


def validate(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    """Raises unless the value is of the schema, with no field that the schema does not name."""
    components = copy.deepcopy(document["components"])
    for each in components["schemas"].values():
        if "properties" in each:
            each["additionalProperties"] = False
    # Through JSON: the document may hold enums, which the validator does not know for strings.
    whole = json.loads(json.dumps({**schema, "components": components}))
    jsonschema_rs.validate(whole, json.loads(json.dumps(value)))
