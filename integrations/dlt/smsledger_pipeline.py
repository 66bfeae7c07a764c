"""Loads a program's messages into DuckDB, and from the second run on what has changed since."""

from __future__ import annotations

import dlt
from dlt.sources.rest_api import RESTAPIConfig, rest_api_source

SETTINGS = "sources.smsledger"
PROGRAM_ID = dlt.config[f"{SETTINGS}.program_id"]

CONFIG: RESTAPIConfig = {
    "client": {
        "base_url": dlt.config[f"{SETTINGS}.base_url"],
        "auth": {
            "type": "http_basic",
            "username": dlt.config[f"{SETTINGS}.username"],
            "password": dlt.secrets[f"{SETTINGS}.secret"],
        },
    },
    "resources": [
        {
            "name": "messages",
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {
                "path": f"api/messages/program/{PROGRAM_ID}/changes",
                "params": {
                    "after": "{incremental.start_value}",
                    "include": "position",
                    "limit": dlt.config.get(f"{SETTINGS}.limit") or 10_000,
                },
                "incremental": {
                    "cursor_path": "position",
                    "initial_value": 0,
                    # What is at the position has been loaded.
                    "range_start": "open",
                },
                "paginator": {"type": "json_link", "next_url_path": "meta.nextPageUrl"},
                "data_selector": "data.messages",
            },
            "columns": {
                # A message that changes during a run is read twice: the later one counts.
                "position": {"data_type": "bigint", "dedup_sort": "desc"},
                # An erased message comes as a tombstone, and leaves the table.
                "erased": {"data_type": "bool", "hard_delete": True},
                "type": {"data_type": "text"},
                "delivery_status": {"data_type": "text"},
                "number": {"data_type": "text"},
                "body": {"data_type": "text"},
                "date": {"data_type": "timestamp"},
                "network": {"data_type": "text"},
            },
        }
    ],
}

if __name__ == "__main__":
    pipeline = dlt.pipeline("smsledger", destination="duckdb", dataset_name="sms")
    print(pipeline.run(rest_api_source(CONFIG, name="smsledger")))
    print(pipeline.last_trace.last_normalize_info)
