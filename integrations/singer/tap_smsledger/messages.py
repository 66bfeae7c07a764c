"""The stream of messages: what was added, changed or erased since the last run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import ParseResult, parse_qsl

import requests
from singer_sdk import RESTStream
from singer_sdk import typing as th
from singer_sdk.authenticators import BasicAuthenticator
from singer_sdk.exceptions import FatalAPIError
from singer_sdk.pagination import BaseHATEOASPaginator

INCLUDE = "id,shortCode,segments,updatedAt,errorCode,gateway,position"
TEXTS = ("type", "deliveryStatus", "number", "body", "network", "shortCode", "errorCode", "gateway")
ANEW = (HTTPStatus.CONFLICT, HTTPStatus.GONE)  # ledger_restored, token_expired


class NextPage(BaseHATEOASPaginator):
    """Goes on by the nextPageUrl of an answer until there is none."""

    def get_next_url(self, response: requests.Response) -> str | None:
        """The URL of the next page; None when the feed is caught up."""
        url: str | None = response.json()["meta"]["nextPageUrl"]
        return url


class Messages(RESTStream[ParseResult]):
    """Messages in their latest state, in the order of their changes, program by program.

    The bookmark is a position in the feed and no date: messages and statuses that come late have
    dates that a bookmark has passed.
    """

    name = "messages"
    path = "/api/messages/program/{program_id}/changes"
    records_jsonpath = "$.data.messages[*]"
    primary_keys = ("program_id", "id")
    replication_key = "position"
    is_sorted = True  # a run that is cut off goes on from where it was
    extra_retry_statuses = (HTTPStatus.TOO_MANY_REQUESTS,)
    schema = th.PropertiesList(
        th.Property("program_id", th.IntegerType, required=True),
        th.Property("id", th.StringType, required=True),
        th.Property("change", th.IntegerType, description="The number of the latest change"),
        th.Property("position", th.IntegerType, description="The place in the feed"),
        *(th.Property(name, th.StringType) for name in TEXTS),
        th.Property("segments", th.IntegerType),
        th.Property("date", th.DateTimeType),
        th.Property("updatedAt", th.DateTimeType),
        th.Property("_sdc_deleted_at", th.DateTimeType, description="Set: it was erased"),
    ).to_dict()

    @property
    def url_base(self) -> str:
        """The server."""
        return str(self.config["url"]).rstrip("/")

    @property
    def partitions(self) -> list[dict[str, int]]:
        """Each program has a feed, and a bookmark, of its own."""
        return [{"program_id": program_id} for program_id in self.config["program_ids"]]

    @property
    def authenticator(self) -> BasicAuthenticator:
        """The credential."""
        return BasicAuthenticator(username=self.config["user"], password=self.config["secret"])

    def get_new_paginator(self) -> NextPage:
        """Pages of the feed."""
        return NextPage()

    def get_url_params(
        self, context: Mapping[str, Any] | None, next_page_token: ParseResult | None
    ) -> dict[str, Any]:
        """The next page's own parameters; on the first page, those that begin at the bookmark."""
        if next_page_token:
            return dict(parse_qsl(next_page_token.query))
        after = self.get_starting_replication_key_value(context) or 0
        return {"limit": self.config["page_size"], "include": INCLUDE, "after": after}

    def validate_response(self, response: requests.Response) -> None:
        """Says what to do when the bookmark is of no use any more."""
        if response.status_code in ANEW:
            [error] = response.json()["meta"]["generalErrors"]
            raise FatalAPIError(f"{error['code']}: drop this stream's state and load it anew")
        super().validate_response(response)

    def post_process(
        self,
        row: dict[str, Any],
        context: Mapping[str, Any] | None = None,  # noqa: ARG002 (the SDK's signature)
    ) -> dict[str, Any]:
        """A message with its dates marked as GMT; a tombstone as a row that targets delete."""
        for name in ("date", "updatedAt"):
            if row.get(name):
                row[name] += "Z"
        if row.pop("erased", False):
            row["_sdc_deleted_at"] = datetime.now(UTC).isoformat()
        return row
