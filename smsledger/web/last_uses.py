"""When each credential was last used: kept in memory, and written down a few seconds later."""

from smsledger.ledger import instant
from smsledger.store.store import Store
from smsledger.web.call import Scope

_USED = "username"


def use(scope: Scope, username: str) -> None:
    """Say that a request was made with a credential."""
    scope[_USED] = username


class LastUses:
    """The credentials that were used since it was last written down."""

    def __init__(self) -> None:
        self._uses: dict[str, int] = {}

    def note(self, scope: Scope) -> None:
        """Remember whose request it was, if it was anybody's."""
        if _USED in scope:
            self._uses[scope[_USED]] = instant.now()

    async def write(self, store: Store) -> None:
        """Write them down.

        Raises:
            Unavailable: not now; nothing is forgotten.
        """
        uses, self._uses = self._uses, {}
        try:
            if uses:
                await store.note_uses(uses)
        except BaseException:
            self._uses = {**uses, **self._uses}
            raise
