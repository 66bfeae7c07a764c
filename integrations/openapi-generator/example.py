"""Posts messages and lists all pages with a client that OpenAPI Generator made."""

import os
import sys
from urllib.parse import parse_qs, urlsplit

from smsledger_client import ApiClient, Configuration, ExportApi, IngestApi
from smsledger_client.models import (
    IngestMessagesRequest,
    MessageRow,
    MessageRowNumber,
    MessageType,
    Report,
)

PROGRAM_ID = int(os.environ["SMSLEDGER_PROGRAM"])


def connect() -> ApiClient:
    """A client that authenticates by HTTP Basic."""
    settings = Configuration(
        host=os.environ["SMSLEDGER_URL"],
        username=os.environ["SMSLEDGER_USER"],
        password=os.environ["SMSLEDGER_SECRET"],
    )
    return ApiClient(settings)


def row(row_id: str, date: str) -> MessageRow:
    """A received message."""
    number = MessageRowNumber("15556667777")
    return MessageRow(id=row_id, type=MessageType.MO, number=number, body="JOIN", date=date)


def post(client: ApiClient, date: str) -> Report:
    """Post two messages, of which one is too old."""
    rows = [row("generated-1", date), row("generated-2", "2001-01-01T00:00:00")]
    return IngestApi(client).ingest_messages(PROGRAM_ID, IngestMessagesRequest(rows))


def count(client: ApiClient) -> int:
    """Count the messages of all pages."""
    export, total, cursor = ExportApi(client), 0, None
    while True:
        page = export.export_messages(PROGRAM_ID, page_size=500, cursor=cursor)
        total += len(page.data.messages)
        if page.meta.next_page_url is None:
            return total
        [cursor] = parse_qs(urlsplit(page.meta.next_page_url).query)["cursor"]


if __name__ == "__main__":
    with connect() as client:
        report = post(client, sys.argv[1])
        codes = ", ".join(each.code for each in report.data.rejections)
        print(f"{report.data.accepted} accepted, {report.data.rejected} rejected ({codes})")
        print(f"{count(client)} messages")
