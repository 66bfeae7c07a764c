"""A configuration that a user of dlt may write: `{program_id}` in the path, as dlt's docs show.

python dlt_own_configuration.py URL USER SECRET PROGRAM client|endpoint
"""

import sys

from dlt.sources.rest_api import rest_api_source

url, user, secret, program, place = sys.argv[1:]
paginator = {"paginator": {"type": "json_link", "next_url_path": "meta.nextPageUrl"}}
endpoint = {
    "path": "api/messages/program/{program_id}",
    "params": {"program_id": program, "include": "id", "pageSize": 500},
    "data_selector": "data.messages",
}
source = rest_api_source(
    {
        "client": {
            "base_url": url,
            "auth": {"type": "http_basic", "username": user, "password": secret},
            **(paginator if place == "client" else {}),
        },
        "resources": [
            {
                "name": "messages",
                "endpoint": {**endpoint, **(paginator if place == "endpoint" else {})},
            }
        ],
    }
)
sys.stdout.write(str(len(list(source.resources["messages"]))))
