"""Send an SMS through Kannel and know what became of it: send_sms.py ID NUMBER [NUMBER ...] TEXT.

LEDGER is smsledger's address with a user name and a secret, KANNEL the sendsms URL with a user
name and a password, PROGRAM and SHORT_CODE say what is sent.
"""

import os
import sys
from urllib.parse import quote

import httpx

LEDGER, KANNEL, PROGRAM, CODE = (
    os.environ[name] for name in ("LEDGER", "KANNEL", "PROGRAM", "SHORT_CODE")
)
message_id, *numbers, text = sys.argv[1:]

# 1. The ledger takes the messages: each recipient's under an id of its own.
ids = {number: f"{message_id}/{number}" if numbers[1:] else message_id for number in numbers}
message = {"type": "MT", "body": text, "shortCode": CODE, "gateway": "kannel"}
rows = [{**message, "id": ids[number], "number": number} for number in numbers]
ingested = httpx.post(f"{LEDGER}/api/messages/program/{PROGRAM}", json=rows).raise_for_status()
rejections = ingested.json()["data"]["rejections"]
for rejection in rejections:
    ids.pop(numbers[rejection["index"]], None)

# 2. Kannel sends them, one call each: the messages of one call have one id in Kannel, under which
# its spool loses receipts. Kannel fills %d and the like into the URL of the receipts when it has
# them, so a % that is only a character is written %%.
sms = {"from": CODE, "text": text, "charset": "UTF-8", "dlr-mask": "31"}
sms |= {"coding": "0" if text.isascii() else "2"}
refused = []
for number, each in ids.items():
    receipts = f"{LEDGER}/api/gateways/kannel/receipt?program={PROGRAM}"
    receipts += f"&id={quote(each, safe='').replace('%', '%%')}"
    receipts += "&status=%d&number=%p&text=%A&time=%T&smsc=%i&smsc_id=%F"
    asked = {**sms, "to": number, "dlr-url": receipts}
    sent = httpx.get(httpx.URL(KANNEL).copy_merge_params(asked))
    if sent.status_code != httpx.codes.ACCEPTED:
        refused.append({"id": each, "deliveryStatus": "Error", "text": sent.text})

# 3. What Kannel did not accept will never have a receipt, unless it is written here.
if refused:
    said = httpx.post(f"{LEDGER}/api/messages/program/{PROGRAM}/receipts", json=refused)
    said.raise_for_status()
    sys.exit(f"Kannel refused: {refused}")
sys.exit(f"The ledger refused: {rejections}" if rejections else 0)
