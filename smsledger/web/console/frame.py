"""The common parts of all pages: the visitor, the submitted form and the response."""

import hmac
from typing import Any
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from smsledger.errors import ScopeMissing
from smsledger.ledger.model import Program, Scope
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web.auth import program_of
from smsledger.web.call import Answer, Call, Origin
from smsledger.web.console.cookie import Cookie
from smsledger.web.console.form import FIELD, Form, read_form, read_query
from smsledger.web.console.templates import Templates
from smsledger.web.console.visitor import SESSION, Visitor, visitor_of
from smsledger.web.docs import Files

HTML = b"text/html; charset=utf-8"
# Pico draws its arrows and ticks from data: URLs in its style sheet.
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PROOF = "proof"
_CSRF_FIELD = Markup('<input type="hidden" name="{}" value="{}">')
# An address may be a secret (a one-time link) or contain a number that was searched for. So it is
# not sent as Referer, not even to this server: the log of a proxy would contain it.
_PROTECTION = (
    (b"content-security-policy", POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class Console:
    """The frame around every page."""

    def __init__(self, store: Store, settings: Settings, files: Files) -> None:
        self.store = store
        self.settings = settings
        self.origin = Origin(settings)
        self._templates = Templates(files)

    def cookie(self, call: Call, name: str) -> Cookie:
        """The cookie of that name, under the origin that the caller uses."""
        return Cookie(name, self.origin.of(call))

    async def anyone(self, call: Call) -> Visitor:
        """The visitor, whatever their scopes; raises what `visitor_of` does."""
        return await visitor_of(call, self.store, self.cookie(call, SESSION).read(call))

    async def visitor(self, call: Call, scope: Scope = Scope.REPORT) -> Visitor:
        """Return the visitor.

        Raises:
            SignInNeeded: nobody is signed in.
            ScopeMissing: the visitor does not have the scope.
        """
        visitor = await self.anyone(call)
        if not visitor.credential.may(scope):
            raise ScopeMissing(scope.value)
        return visitor

    async def administrator(self, call: Call) -> Visitor:
        """Return the visitor, who must be an administrator of all programs.

        Raises:
            SignInNeeded: nobody is signed in.
            ScopeMissing: the credential does not have the scope admin, or is limited to programs.
        """
        visitor = await self.visitor(call, Scope.ADMIN)
        if not visitor.is_administrator:
            raise ScopeMissing(f"{Scope.ADMIN} for all programs")
        return visitor

    async def program(self, call: Call, visitor: Visitor) -> Program:
        """The program that the path names; raises what `program_of` does."""
        return await program_of(call, self.store, visitor.credential)

    async def form(self, call: Call, visitor: Visitor) -> Form:
        """What the visitor sends; raises what `read_form` and `Form.require` do."""
        form = await read_form(call)
        form.require(visitor.csrf)
        return form

    def page(
        self,
        call: Call,
        template: str,
        visitor: Visitor | None = None,
        *,
        status: int | None = None,
        headers: list[tuple[bytes, bytes]] | None = None,
        **context: Any,
    ) -> Answer:
        """Return a page made of a template: 422 if it shows a `draft` with problems, else 200."""
        draft = context.get("draft")
        if status is None:
            status = 422 if draft is not None and draft.problems else 200
        token = context.pop("csrf", visitor.csrf if visitor else "")
        body = self._templates.render(
            template,
            self.root(call),
            visitor=visitor,
            path=call.scope["path"],
            csrf_field=lambda: _CSRF_FIELD.format(FIELD, token),
            **context,
        )
        return Answer(
            status=status, body=body, content_type=HTML, headers=[*_PROTECTION, *(headers or [])]
        )

    def redirect(
        self, call: Call, path: str, headers: list[tuple[bytes, bytes]] | None = None
    ) -> Answer:
        """Return a redirect to a path of this server, by GET."""
        target = (b"location", f"{self.root(call)}{path}".encode())
        return Answer(status=303, headers=[target, *(headers or [])])

    def done(self, call: Call, visitor: Visitor, path: str, **facts: object) -> Answer:
        """Return a redirect to a page that shows what was done; see `was_done`."""
        address = f"{path}?{urlencode(facts)}"
        return self.redirect(call, f"{address}&{_PROOF}={visitor.proof_of(address)}")

    def was_done(self, call: Call, visitor: Visitor) -> Form:
        """Return the facts in the address, or none if this server did not redirect there."""
        query = call.scope["query_string"].decode("latin-1")
        facts, _, proof = query.rpartition(f"&{_PROOF}=")
        right = visitor.proof_of(f"{call.scope['path']}?{facts}")
        is_ours = hmac.compare_digest(proof.encode(), right.encode())
        return read_query(call) if is_ours else Form({})

    def root(self, call: Call) -> str:
        """The path under which callers reach the server, without a slash at its end."""
        return urlsplit(self.origin.of(call)).path.rstrip("/")
