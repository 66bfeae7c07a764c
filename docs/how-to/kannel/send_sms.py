"""Send an SMS through Kannel, ingested first: send_sms.py ID NUMBER [NUMBER…] TEXT."""

import os
import sys
from urllib.parse import quote

import httpx

LEDGER = httpx.URL(os.environ["LEDGER_URL"])  # http://USER:SECRET@127.0.0.1:8080
KANNEL = os.environ["KANNEL_URL"]  # http://127.0.0.1:13013/cgi-bin/sendsms?username=…&password=…
PROGRAM = os.environ["PROGRAM"]
CODE = os.environ["SHORT_CODE"]

message_id, *numbers, text = sys.argv[1:]
each = len(numbers) > 1
rows = [
    {"id": f"{message_id}/{number}" if each else message_id, "type": "MT", "number": number,
     "body": text, "shortCode": CODE, "gateway": "kannel"}
    for number in numbers
]  # fmt: skip
ingested = httpx.post(LEDGER.join(f"/api/messages/program/{PROGRAM}"), json=rows)
if ingested.raise_for_status().json()["data"]["rejected"]:
    sys.exit(ingested.text)

# Kannel fills its own %-codes into this URL, later: a % that is no such code is written %%.
escaped_id = quote(message_id, safe="").replace("%", "%%")
receipt_url = f"{LEDGER.join('/api/gateways/kannel/receipt')}?program={PROGRAM}&id={escaped_id}"
receipt_url += "&each=1" * each + "&status=%d&number=%p&text=%A&time=%T&smsc=%i&smsc_id=%F"
sms = {"from": CODE, "to": " ".join(numbers), "text": text, "charset": "UTF-8"}
sms |= {} if text.isascii() else {"coding": "2"}
sms |= {"dlr-mask": "31", "dlr-url": receipt_url}
httpx.get(httpx.URL(KANNEL).copy_merge_params(sms)).raise_for_status()
