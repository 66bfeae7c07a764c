"""/sign-in, /sign-out and /sign-out-everywhere."""

import re

from smsledger.accounts.provisioning import new_secret
from smsledger.errors import ForeignForm, ScopeMissing, Unauthorized
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope
from smsledger.store.errors import Missing
from smsledger.web import auth
from smsledger.web.call import Answer, Call
from smsledger.web.console import visitor as visitors
from smsledger.web.console.form import Form, read_form, read_query
from smsledger.web.console.frame import Console
from smsledger.web.console.throttle import Throttle

# Before there is a session, this cookie identifies the page of a form.
_FORM = "smsledger_form"
_FORM_LIFE = 3600  # seconds
_FORM_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_START = "/programs"
# Shown to visitors who were redirected to the sign-in page.
_NOTICES = {
    "ended": "Your session has ended. Please sign in again.",
    "everywhere": "You are signed out, here and everywhere.",
}
_WRONG = "There is no such user name with this secret, or it has ended."


class SignIn:
    """The pages to sign in and out."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._throttle = Throttle(Unauthorized, Missing)

    async def start(self, call: Call) -> Answer:
        """GET /: redirect to the start page."""
        return self._console.redirect(call, _START)

    async def ask(self, call: Call) -> Answer:
        """GET /sign-in."""
        asked = read_query(call)
        notice = _NOTICES.get(asked.text("why"), "")
        return self._form(call, _local(asked.text("next")), username="", notice=notice)

    async def sign_in(self, call: Call) -> Answer:
        """POST /sign-in: begin a session, or show the problem."""
        form = await read_form(call)
        wanted, username = _local(form.text("next")), form.text("username")
        try:
            form.require(self._form_token(call))
        except ForeignForm:  # the page was open for long: ask once more
            problem = "The page was open for too long. Please sign in again."
            return self._form(call, wanted, username="", status=403, problem=problem)
        try:
            async with self._throttle.attempt(self._console.origin.client_of(call)):
                token = await self._begin(form, username)
        except (Unauthorized, ScopeMissing, Missing) as error:
            problem = error.problems[0].message if isinstance(error, ScopeMissing) else _WRONG
            return self._form(call, wanted, username=username, status=401, problem=problem)
        return self._console.redirect(call, wanted, [self._cookie(call, token)])

    async def sign_out(self, call: Call) -> Answer:
        """POST /sign-out: end this session."""
        visitor = await self._console.anyone(call)
        await self._console.form(call, visitor)
        await self._console.store.end_session(visitor.digest)
        return self._gone(call)

    async def sign_out_everywhere(self, call: Call) -> Answer:
        """POST /sign-out-everywhere: end all sessions of the credential."""
        visitor = await self._console.anyone(call)
        await self._console.form(call, visitor)
        await self._console.store.end_sessions(visitor.credential.username)
        return self._gone(call, "?why=everywhere")

    async def _begin(self, form: Form, username: str) -> str:
        secret = form.text("secret")
        credential: Credential = await auth.recognise(self._console.store, username, secret)
        if not credential.may(Scope.REPORT):
            raise ScopeMissing(Scope.REPORT)
        return await visitors.begin(self._console.store, credential, secret)

    def _form(
        self,
        call: Call,
        wanted: str,
        *,
        username: str,
        status: int = 200,
        problem: str = "",
        notice: str = "",
    ) -> Answer:
        token = self._form_token(call) or new_secret()
        return self._console.page(
            call,
            "sign_in.html",
            status=status,
            headers=[self._console.cookie(call, _FORM).set(token, _FORM_LIFE)],
            csrf=token,
            wanted=wanted,
            username=username,
            problem=problem,
            notice=notice,
        )

    def _cookie(self, call: Call, token: str) -> tuple[bytes, bytes]:
        seconds = visitors.LIFE // instant.SECOND if token else 0
        return self._console.cookie(call, visitors.SESSION).set(token, seconds)

    def _form_token(self, call: Call) -> str:
        """The token of the sign-in pages that the browser has open; empty if there is none.

        A new cookie would take the token from a page that was opened before, so it is kept.
        """
        token = self._console.cookie(call, _FORM).read(call)
        return token if _FORM_TOKEN.fullmatch(token) else ""

    def _gone(self, call: Call, why: str = "") -> Answer:
        return self._console.redirect(call, f"/sign-in{why}", [self._cookie(call, "")])


def _local(path: str) -> str:
    """Return the path if it is on this server, so that a link cannot redirect elsewhere."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\", "/sign-"))
    return path if is_path and path.isprintable() and path.isascii() else _START
