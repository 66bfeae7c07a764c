"""Nothing that the product says or takes is missing in its reference."""

import inspect
import re
from pathlib import Path

import pytest

from smsledger import errors, events
from smsledger.cli.serve import serve
from smsledger.ledger import instant
from smsledger.settings import Settings
from smsledger.store.upkeep.gauges import Gauges
from smsledger.web import metrics
from tests.docs.pages import HOW_TO, REFERENCE, ROOT, headings, section

ERRORS = REFERENCE / "errors.md"
_CODE = r"[a-z]+(?:_[a-z]+)*"
_TREE = re.compile(rf"(?:[0-9]{{3}}|│) +({_CODE}(?:, {_CODE})*),?$", re.MULTILINE)
REQUEST_CODES = [code for line in _TREE.findall(errors.__doc__) for code in line.split(", ")]
# The files that reject rows hold no other text of this form; two codes are put together there.
_REJECTING = ("intake/rows", "intake/file_rows", "store/posting")
_SOURCE = "".join((ROOT / f"smsledger/{name}.py").read_text() for name in _REJECTING)
ROW_CODES = {*re.findall(r'"([a-z]+(?:_[a-z]+)+)"', _SOURCE), "missing_field", "unknown_field"}
EVENTS = {
    name: event
    for name, event in inspect.getmembers(events, inspect.isfunction)
    if event.__module__ == events.__name__ and name != "configure"
}
NOTHING = Gauges(unrouted=0, orphans=0, contacts=(), unfinished={})
METRICS = re.findall(
    r"^# HELP (smsledger_\w+)", metrics.render(NOTHING, instant.now(), 1).decode(), re.MULTILINE
)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_heading_variable_option_and_default(name: str) -> None:
    said = section(REFERENCE / "settings.md", name)
    assert f"`SMSLEDGER_{name.upper()}`" in said
    assert f"`--{name.replace('_', '-')}`" in said
    assert name in inspect.signature(serve).parameters
    default = Settings.model_fields[name].default
    assert f"Default: {f'`{default}`' if default else 'none'}." in said


@pytest.mark.parametrize("code", REQUEST_CODES)
def test_every_error_of_a_request_has_its_heading(code: str) -> None:
    assert len(REQUEST_CODES) >= 20
    assert code in headings(ERRORS)


@pytest.mark.parametrize("code", sorted(ROW_CODES))
def test_every_rejection_of_a_row_has_its_heading(code: str) -> None:
    assert len(ROW_CODES) >= 12
    assert code in headings(ERRORS)


@pytest.mark.parametrize("name", EVENTS)
def test_every_log_event_has_its_heading_and_its_fields(name: str) -> None:
    said = section(REFERENCE / "log-events.md", name)
    fields = set(inspect.signature(EVENTS[name]).parameters) - {"error"}
    assert [field for field in sorted(fields) if f"`{field}`" not in said] == []


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_its_heading(name: str) -> None:
    assert len(METRICS) >= 9
    assert name in headings(REFERENCE / "metrics.md")


@pytest.mark.parametrize(
    ("page", "first_step"), [(HOW_TO / "dlt.md", "```console"), (REFERENCE / "api.md", "\n### ")]
)
def test_what_makes_dlt_lose_messages_silently_is_said_first(page: Path, first_step: str) -> None:
    first = page.read_text().partition(first_step)[0]
    assert "include=id" in first
    assert "paginator" in first
    assert "endpoint" in first
