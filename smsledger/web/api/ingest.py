"""POST messages and receipts: JSON or NDJSON in, a report out."""

from functools import partial

from smsledger.intake import ingest, rows
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web import metrics
from smsledger.web.auth import authenticate, program_of
from smsledger.web.call import Answer, Call, data_envelope

MEDIA_TYPES = (
    b"application/json",
    b"application/x-ndjson",
    b"application/ndjson",
    b"application/jsonl",
    b"text/plain",
)


class Ingest:
    """The ingest operations of a program."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def messages(self, call: Call) -> Answer:
        """POST /api/messages/program/{programId}."""
        credential, program_id = await self._asked(call)
        bounds = self._bounds()
        checked = ingest.checked(await call.body(), partial(rows.message, bounds=bounds))
        report = await ingest.messages(
            self._store, program_id, checked, any_code=not credential.programs
        )
        metrics.count_messages(report)
        return Answer(body=data_envelope(report.data()))

    async def receipts(self, call: Call) -> Answer:
        """POST /api/messages/program/{programId}/receipts."""
        _, program_id = await self._asked(call)
        bounds = self._bounds()
        checked = ingest.checked(await call.body(), partial(rows.receipt, bounds=bounds))
        report = await ingest.receipts(self._store, program_id, checked)
        metrics.count_receipts(report)
        return Answer(body=data_envelope(report.data()))

    async def _asked(self, call: Call) -> tuple[Credential, int]:
        """Who calls, and for which program."""
        credential = await authenticate(call, self._store, Scope.INGEST)
        program = await program_of(call, self._store, credential)
        call.require_media_type(*MEDIA_TYPES)
        return credential, program.id

    def _bounds(self) -> rows.DateBounds:
        return rows.DateBounds.at(instant.now(), self._settings.retention_days)
