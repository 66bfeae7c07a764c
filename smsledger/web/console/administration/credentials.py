"""/admin/credentials: all credentials, new ones, and their end."""

from smsledger.accounts.provisioning import (
    digest_of,
    end_of,
    id_of,
    new_secret,
    scopes_of,
    username_of,
)
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope
from smsledger.store.errors import LastAdministrator, Missing, Taken
from smsledger.web.auth import is_valid
from smsledger.web.call import Answer, Call
from smsledger.web.console.administration.rotation import Rotation
from smsledger.web.console.draft import Draft
from smsledger.web.console.form import read_query
from smsledger.web.console.frame import Console
from smsledger.web.console.visitor import Visitor

_PLACE = "/admin/credentials"


class Credentials:
    """The pages at which credentials are issued and revoked."""

    def __init__(self, console: Console, rotation: Rotation) -> None:
        self._console = console
        self._rotation = rotation

    async def listing(self, call: Call) -> Answer:
        """GET /admin/credentials; `invited` or `revoked` is the user name of what was just done."""
        visitor = await self._console.administrator(call)
        done, now = self._console.was_done(call, visitor), instant.now()
        credentials = await self._console.store.credentials()
        names = {each.username for each in credentials}
        return self._console.page(
            call,
            "administration/credentials.html",
            visitor,
            credentials=credentials,
            ended={each.username for each in credentials if not is_valid(each, now)},
            last_uses=await self._console.store.last_uses(),
            invited=done.text("invited") if done.text("invited") in names else "",
            revoked=done.text("revoked") if done.text("revoked") not in names else "",
        )

    async def new(self, call: Call) -> Answer:
        """GET /admin/credentials/new."""
        visitor = await self._console.administrator(call)
        return self._form(call, visitor, Draft.of(scope=Scope.EXPORT))

    async def issue(self, call: Call) -> Answer:
        """POST /admin/credentials/new: the secret is shown, or its owner invited."""
        visitor = await self._console.administrator(call)
        draft = Draft(await self._console.form(call, visitor))
        credential, address = await self._read(draft), self._rotation.address(draft)
        if draft.problems or credential is None:
            return self._form(call, visitor, draft)
        secret = new_secret()
        digest = digest_of(secret) if address is None else None
        try:
            await self._console.store.create_credential(credential, digest)
        except Taken as taken:
            draft.add_error(taken.field, str(taken))
            return self._form(call, visitor, draft)
        if address is None:
            return self._rotation.show(call, visitor, credential, secret)
        return await self._rotation.invite(call, visitor, credential, address, 0)

    async def ask(self, call: Call) -> Answer:
        """GET /admin/credentials/revoke: what would end; `user` is whose."""
        visitor = await self._console.administrator(call)
        credential = await self._rotation.credential(read_query(call))
        return self._confirmation(call, visitor, credential)

    async def revoke(self, call: Call) -> Answer:
        """POST /admin/credentials/revoke: unless nobody could administer the ledger then."""
        visitor = await self._console.administrator(call)
        form = await self._console.form(call, visitor)
        username = form.text("user")
        try:
            await self._console.store.revoke_credential(username, spare_last=True)
        except LastAdministrator:
            credential = await self._rotation.credential(form)
            return self._confirmation(call, visitor, credential, is_last=True)
        except Missing:  # somebody else was faster
            pass
        if username == visitor.credential.username:
            return self._console.redirect(call, "/sign-in")
        return self._console.done(call, visitor, _PLACE, revoked=username)

    async def _read(self, draft: Draft) -> Credential | None:
        """The credential that a form describes, or None, the draft's problems saying why."""
        username = draft.take("username", username_of)
        scopes = draft.take("scope", scopes_of, draft.form.texts("scope"))
        ends = draft.take_any("expires", end_of, draft.text("expires"), instant.now())
        programs = draft.take("programs", _ids, draft.text("programs")) or frozenset()
        for program_id in sorted(programs):
            if await self._console.store.program(program_id) is None:
                draft.add_error("programs", f"there is no program {program_id}")
        if draft.problems or username is None or scopes is None:
            return None
        return Credential(username=username, scopes=scopes, programs=programs, expires_at=ends)

    def _form(self, call: Call, visitor: Visitor, draft: Draft) -> Answer:
        return self._console.page(
            call,
            "administration/credential.html",
            visitor,
            draft=draft,
            scopes=list(Scope),
            by_mail=self._rotation.by_mail,
        )

    def _confirmation(
        self, call: Call, visitor: Visitor, credential: Credential, *, is_last: bool = False
    ) -> Answer:
        return self._console.page(
            call,
            "administration/revocation.html",
            visitor,
            status=409 if is_last else 200,
            credential=credential,
            is_own=credential.username == visitor.credential.username,
            is_last=is_last,
        )


def _ids(text: str) -> frozenset[int]:
    return frozenset(map(id_of, text.replace(",", " ").split()))
