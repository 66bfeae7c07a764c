"""Kannel at the limit of unrouted messages: it asks again, and loses nothing."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.kannel.rig import Handsets, running
from tests.kannel.waiting import until
from tests.outermost.ledgers import add_program
from tests.server import Server, smsledger

NOBODYS = "99999"


@pytest.mark.engines("sqlite")
def test_a_refused_message_arrives_when_there_is_room_and_holds_up_no_other(
    empty_store_url: str, tmp_path: Path
) -> None:
    add_program(empty_store_url)
    server = Server(empty_store_url, "--unrouted-limit", "1")
    url = "http://{}:{}@127.0.0.1:{}".format(*server.auth, server.port)

    def waiting() -> list[Any]:
        listed = smsledger("route", "--json", "--store", empty_store_url)
        return [message["sender"] for message in json.loads(listed)]

    with running(tmp_path, url) as kannel, closing(Handsets(kannel)) as handsets:
        handsets.text("15550000001", NOBODYS, "HELLO")
        until(waiting)
        handsets.text("15550000002", NOBODYS, "HELLO")
        handsets.text("15550000003", "20880", "JOIN")
        until(lambda: list(server.walk(number="15550000003")))
        assert waiting() == ["15550000001"]
        smsledger("erase", "--program", "0", "--number", "15550000001", "--store", empty_store_url)
        assert until(waiting) == ["15550000002"]
    server.kill()
