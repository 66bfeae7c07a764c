"""A report as one asks for it elsewhere: addresses of files, and lines for a shell."""

import shlex
import unicodedata
from urllib.parse import urlencode

from smsledger.formats import FORMATS
from smsledger.ledger import instant
from smsledger.ledger.filters import FILTERS
from smsledger.ledger.model import Program
from smsledger.ledger.walk import PageRequest
from smsledger.web.api.request.report import api_pairs

_LABELS = {
    "csv": "CSV",
    "csv-excel": "CSV for Excel",
    "xlsx": "Excel workbook",
    "ndjson": "NDJSON",
    "parquet": "Parquet",
}
_OPTIONS = {each.parameter: each.option for each in FILTERS}
_SUFFIXES = {form.name: form.suffix for form in FORMATS}


def file_name(program: Program) -> str:
    """`121811-summer-sale`: what a program's file is called, in letters that every disk takes."""
    plain = unicodedata.normalize("NFKD", program.name).encode("ascii", "ignore").decode().lower()
    words = "".join(each if each.isalnum() else " " for each in plain).split()
    return "-".join([str(program.id), *words])


def files(asked: PageRequest) -> list[tuple[str, str]]:
    """The formats that a report can be had in: their names, and the queries of their addresses."""
    pairs = list(api_pairs(asked))
    return [(label, urlencode([("format", name), *pairs])) for name, label in _LABELS.items()]


def page_line(origin: str, user: str, program: Program) -> str:
    """The line that asks the API for a program's messages."""
    return f"curl --user {_word(user)} {_word(f'{origin}/api/messages/program/{program.id}')}"


def curl_line(origin: str, user: str, program: Program, asked: PageRequest) -> str:
    """The line that writes the report into a file by the API."""
    query = urlencode([("format", "csv"), *api_pairs(asked)])
    url = f"{origin}/api/messages/program/{program.id}/export?{query}"
    return f"curl --fail --user {_word(user)} --output {file_name(program)}.csv {_word(url)}"


def command_line(origin: str, user: str, program: Program, asked: PageRequest) -> str:
    """The line that does so by the client, which goes on where it was broken off."""
    words = ["smsledger", "export", origin, "--user", user, "--program", str(program.id)]
    words += ["--output", f"{file_name(program)}.csv"]
    if asked.start is not None:
        words += ["--from", instant.render_first(asked.start)]
    if asked.end is not None:
        words += ["--to", instant.render_last(asked.end)]
    for name, text in api_pairs(asked):
        if name in _OPTIONS:
            words.append(f"{_OPTIONS[name]}={text}")  # in one word: a name may begin with a dash
    return " ".join(map(_word, words))


def _word(text: str) -> str:
    return shlex.quote(text)
