"""The export client: walks the wire, writes files; it never imports the store.

with Client("https://sms.example.com", user="etl", secret=secret) as client:
    for message in client.messages(121811, start="2014-12-01", include="id"):
        ...
"""

from smsledger.client.errors import ExportError
from smsledger.client.python.api import Client
from smsledger.client.python.feed import Changed, Changes, Erased
from smsledger.client.python.filters import Filters
from smsledger.client.python.message import Message

__all__ = ["Changed", "Changes", "Client", "Erased", "ExportError", "Filters", "Message"]
