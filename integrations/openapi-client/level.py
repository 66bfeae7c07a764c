"""Keeps a file of a program's messages level with the ledger, through the generated client.

The first run walks all pages; each further one reads what has changed since the run before it.
"""

from __future__ import annotations

import json
import os
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from smsledger_client import AuthenticatedClient
from smsledger_client.api.export import export_changes, export_messages
from smsledger_client.models import ErrorEnvelope

Messages = dict[str, dict[str, Any]]
SETTINGS = {name: os.environ[f"SMSLEDGER_{name}"] for name in ("URL", "PROGRAM", "USER", "SECRET")}
PROGRAM_ID = int(SETTINGS["PROGRAM"])


def connect() -> AuthenticatedClient:
    """A client that authenticates by HTTP Basic."""
    secret = f"{SETTINGS['USER']}:{SETTINGS['SECRET']}".encode()
    return AuthenticatedClient(
        base_url=SETTINGS["URL"],
        prefix="Basic",
        token=b64encode(secret).decode(),
        raise_on_unexpected_status=True,
        timeout=60,
    )


def answered(answer: Any) -> Any:
    """The answer, if it is none of an error."""
    if isinstance(answer, ErrorEnvelope):
        sys.exit("\n".join(f"{each.code}: {each.message}" for each in answer.meta.general_errors))
    return answer


def walk(client: AuthenticatedClient, messages: Messages) -> str:
    """Read all pages into `messages`; the token of what the ledger held at the first."""
    shown = {"include": "id", "page_size": 500}
    page = answered(export_messages.sync(PROGRAM_ID, client=client, **shown))
    token: str = page.meta.changes
    while True:
        messages.update({each.id: each.to_dict() for each in page.data.messages})
        if page.meta.next_page_url is None:
            return token
        [cursor] = parse_qs(urlsplit(page.meta.next_page_url).query)["cursor"]
        page = answered(export_messages.sync(PROGRAM_ID, client=client, cursor=cursor, **shown))


def follow(client: AuthenticatedClient, messages: Messages, token: str) -> tuple[str, int]:
    """Bring what changed since the token into `messages`; the next token, and how many changes."""
    count = 0
    while True:
        page = answered(export_changes.sync(PROGRAM_ID, client=client, after=token, limit=1000))
        for each in page.data.messages:
            if each.erased:
                messages.pop(each.id, None)
            else:
                messages[each.id] = each.to_dict()
        token, count = page.meta.next_token, count + len(page.data.messages)
        if page.meta.next_page_url is None:
            return token, count


def level(file: Path) -> str:
    """Bring the file level with the ledger; what was done."""
    held = json.loads(file.read_text()) if file.exists() else {"messages": {}, "token": None}
    messages, token = held["messages"], held["token"]
    with connect() as client:
        if token is None:
            token = walk(client, messages)
            done = f"{len(messages)} messages"
        else:
            token, count = follow(client, messages, token)
            done = f"{count} changes"
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"token": token, "messages": messages}))
    part.replace(file)
    return done


if __name__ == "__main__":
    print(level(Path(sys.argv[1])))
