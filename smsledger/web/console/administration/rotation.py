"""/admin/credentials/secret: a credential's new secret, shown once or sent as a link by e-mail.

The response to the form shows the secret. For a redirect to another page, the secret would have to
be stored or be part of an address.
"""

from smsledger import events
from smsledger.accounts.mail import Invited, Mail, MailFailed
from smsledger.accounts.provisioning import digest_of, duration_of, new_secret
from smsledger.errors import NotFound
from smsledger.ledger import instant
from smsledger.ledger.mail_address import address_of
from smsledger.ledger.model import Credential
from smsledger.store.errors import Missing
from smsledger.web.call import Answer, Call
from smsledger.web.console.draft import Draft
from smsledger.web.console.form import Form, read_query
from smsledger.web.console.frame import Console
from smsledger.web.console.visitor import Visitor

INVITATION_LIFE = 3 * instant.DAY
_OVERLAP = "1h"


class Rotation:
    """The pages that give a credential a new secret."""

    def __init__(self, console: Console, mail: Mail) -> None:
        self._console = console
        self._mail = mail

    @property
    def by_mail(self) -> bool:
        """Whether e-mail can be sent."""
        return self._mail.is_set_up

    async def ask(self, call: Call) -> Answer:
        """GET /admin/credentials/secret; `user` is the credential's user name."""
        visitor = await self._console.administrator(call)
        credential = await self.credential(read_query(call))
        return self._form(call, visitor, credential, Draft.of(overlap=_OVERLAP))

    async def rotate(self, call: Call) -> Answer:
        """POST /admin/credentials/secret."""
        visitor = await self._console.administrator(call)
        draft = Draft(await self._console.form(call, visitor))
        credential = await self.credential(draft.form)
        overlap, address = draft.take("overlap", duration_of), self.address(draft)
        if draft.problems or overlap is None:
            return self._form(call, visitor, credential, draft)
        if address is not None:
            return await self.invite(call, visitor, credential, address, overlap)
        secret, until = new_secret(), instant.now() + overlap
        try:
            store = self._console.store
            await store.rotate_credential(credential.username, digest_of(secret), until)
        except Missing as error:
            raise NotFound from error
        return self.show(call, visitor, credential, secret, until)

    async def credential(self, form: Form) -> Credential:
        """The credential that a form or an address names.

        Raises:
            NotFound: there is no credential of that name.
        """
        credential = await self._console.store.credential(form.text("user"))
        if credential is None:
            raise NotFound
        return credential

    def address(self, draft: Draft) -> str | None:
        """Return the e-mail address of a credential's owner; None if the field is empty."""
        address = draft.take_any("email", address_of)
        if address is not None and not self.by_mail:
            draft.add_error("email", "the server cannot send e-mail: smtp_host is not set")
        return address

    async def invite(
        self, call: Call, visitor: Visitor, credential: Credential, address: str, overlap: int
    ) -> Answer:
        """Send a link that reveals a new secret, once."""
        username, token = credential.username, new_secret()
        ends = instant.now() + INVITATION_LIFE
        invited = Invited(address=address, username=username, token=token, expires_at=ends)
        try:
            await self._console.store.invite(username, digest_of(token), ends, overlap)
            await self._mail.invite(invited)
        except Missing as error:
            raise NotFound from error
        except MailFailed as error:
            events.mail_failed(error.__cause__)
            return self._not_sent(call, visitor, credential, address, overlap, str(error))
        return self._console.done(call, visitor, "/admin/credentials", invited=username)

    def show(
        self,
        call: Call,
        visitor: Visitor,
        credential: Credential,
        secret: str,
        until: int | None = None,
    ) -> Answer:
        """Return the page with a secret; the previous secrets work until `until`."""
        return self._console.page(
            call,
            "administration/secret.html",
            visitor,
            username=credential.username,
            secret=secret,
            until=until if credential.secrets else None,
            is_own=credential.username == visitor.credential.username,
        )

    def _not_sent(
        self,
        call: Call,
        visitor: Visitor,
        credential: Credential,
        address: str,
        overlap: int,
        reason: str,
    ) -> Answer:
        draft = Draft.of(email=address, overlap=f"{overlap // instant.SECOND}s")
        draft.add_error("email", reason)
        return self._form(call, visitor, credential, draft, not_sent=True)

    def _form(
        self,
        call: Call,
        visitor: Visitor,
        credential: Credential,
        draft: Draft,
        *,
        not_sent: bool = False,
    ) -> Answer:
        return self._console.page(
            call,
            "administration/rotation.html",
            visitor,
            draft=draft,
            credential=credential,
            by_mail=self.by_mail,
            not_sent=not_sent,
        )
