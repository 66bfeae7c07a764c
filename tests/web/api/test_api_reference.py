"""docs/reference/api.md says all that the document says."""

import re
from pathlib import Path

from smsledger.web.api.openapi.document import document

DOCUMENT = document()
PAGE = (Path(__file__).parents[3] / "docs/reference/api.md").read_text()
SECTIONS = dict(re.findall(r"^### (\S+ \S+)\n+(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
OPERATIONS = {
    f"{method.upper()} {path}": told
    for path, item in DOCUMENT["paths"].items()
    for method, told in item.items()
}


def test_every_operation_has_its_heading_and_its_name() -> None:
    assert SECTIONS.keys() == {*OPERATIONS, "GET /docs"}
    for heading, told in OPERATIONS.items():
        assert SECTIONS[heading].startswith(f"`{told['operationId']}`")


def test_every_parameter_is_in_the_section_of_its_operation() -> None:
    for heading, told in OPERATIONS.items():
        for parameter in told.get("parameters", []):
            key = parameter.get("$ref", "").rsplit("/", 1)[-1]
            name = DOCUMENT["components"]["parameters"].get(key, parameter)["name"]
            assert f"{{{name}}}" in heading or f"`{name}`" in SECTIONS[heading]


def test_every_field_of_an_answer_is_told() -> None:
    for schema in ("Message", "Change", "Counted", "Problem", "ReportData", "Rejection"):
        for field in DOCUMENT["components"]["schemas"][schema]["properties"]:
            assert f"`{field}`" in PAGE


def test_every_status_and_code_has_its_line() -> None:
    lines = dict(re.findall(r"^\| (\d{3}) \|(.*)$", PAGE, re.MULTILINE))
    for told in OPERATIONS.values():
        for status, answer in told["responses"].items():
            for code in answer.get("content", {}).get("application/json", {}).get("examples", ()):
                assert f"[`{code}`](errors.md#{code})" in lines[status]


def test_every_header_is_told() -> None:
    assert all(f"| `{name}` |" in PAGE for name in DOCUMENT["components"]["headers"])
