"""/reveal/{token}: the owner of a credential sees its secret, once.

Whoever has the link is the owner: no session, and no token of a form, for the address is one. GET
changes nothing, because programs open the links in e-mails before people do.
"""

from smsledger.accounts.provisioning import digest_of, new_secret
from smsledger.ledger import instant
from smsledger.ledger.model import Invitation
from smsledger.store.errors import Missing
from smsledger.web.call import Answer, Call
from smsledger.web.console.frame import Console


class Reveal:
    """The page behind the link of an invitation."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def ask(self, call: Call) -> Answer:
        """GET: a button, or why there is none."""
        return self._page(call, await self._console.store.invitation(_digest(call)))

    async def reveal(self, call: Call) -> Answer:
        """POST: make the secret and show it."""
        digest, secret = _digest(call), new_secret()
        invitation = await self._console.store.invitation(digest)
        until = await self._old_until(invitation)
        try:
            await self._console.store.redeem(digest, digest_of(secret))
        except Missing:
            return self._page(call, await self._console.store.invitation(digest))
        return self._page(call, invitation, secret=secret, until=until)

    async def _old_until(self, invitation: Invitation | None) -> int | None:
        """Until when the secrets work that the owner has already; None where there are none."""
        if invitation is None:
            return None
        credential = await self._console.store.credential(invitation.username)
        return instant.now() + invitation.overlap if credential and credential.secrets else None

    def _page(
        self,
        call: Call,
        invitation: Invitation | None,
        *,
        secret: str = "",
        until: int | None = None,
    ) -> Answer:
        return self._console.page(
            call,
            "reveal.html",
            status=_status(invitation),
            invitation=invitation,
            secret=secret,
            until=until,
            now=instant.now(),
        )


def _digest(call: Call) -> bytes:
    return digest_of(call.scope["path_params"]["token"])


def _status(invitation: Invitation | None) -> int:
    if invitation is None:
        return 404
    has_ended = invitation.used_at is not None or invitation.expires_at <= instant.now()
    return 410 if has_ended else 200
