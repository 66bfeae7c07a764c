"""Every error that the API answers with.

    LedgerError
    ├── InvalidRequest          400  invalid_parameter, unknown_parameter, repeated_parameter,
    │                                invalid_path, invalid_cursor, walk_expired, page_too_deep,
    │                                invalid_token, invalid_body, repeated_header, missing_header
    ├── PositionOverflow        400  position_overflow
    ├── Unauthorized            401  unauthorized
    ├── SignInNeeded            401  sign_in_needed
    ├── ScopeMissing            403  scope_missing
    ├── ForeignForm             403  foreign_form
    ├── NotFound                404  not_found
    │   ├── ProgramNotFound     404  program_not_found
    │   └── ShortCodeNotFound   404  short_code_not_found
    ├── MethodNotAllowed        405  method_not_allowed
    ├── LedgerRestored          409  ledger_restored
    ├── ProgramInactive         409  program_inactive
    ├── TokenExpired            410  token_expired
    │   └── PositionOutdated    410  token_expired
    ├── BodyTooLarge            413  body_too_large
    ├── TooManyRows             413  too_many_rows
    ├── UriTooLong              414  uri_too_long
    ├── UnsupportedMediaType    415  unsupported_media_type
    ├── TooManyAttempts         429  too_many_attempts
    ├── InternalError           500  internal_error
    ├── StoreDamaged            500  store_damaged
    ├── NotReady                503  store_damaged
    ├── UnroutedFull            503  unrouted_full
    └── Unavailable             503  store_unavailable, draining

Codes are stable and never reused; `docs/reference/errors.md` has a heading for each.
"""

from typing import ClassVar

import msgspec

_REPAIR = (
    "Operators: run `smsledger verify`. Then restore a backup, or copy what can be read with "
    "`smsledger copy --skip-damaged`."
)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of `meta.generalErrors`."""

    code: str
    message: str
    parameter: str | None = None
    hint: str | None = None


class LedgerError(Exception):
    """Base of all errors that reach a caller; `headers` go out with the answer."""

    status: ClassVar[int]
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class InvalidRequest(LedgerError):
    """The request is malformed; one problem for each thing that is wrong with it."""

    status = 400


class Unauthorized(LedgerError):
    """No valid credential. The answer is the same whatever was wrong with it."""

    status = 401
    headers = ((b"www-authenticate", b'Basic realm="smsledger", charset="UTF-8"'),)

    def __init__(self) -> None:
        super().__init__(
            Problem(
                "unauthorized",
                "A valid user name and secret are required.",
                hint="Send them with HTTP Basic authentication.",
            )
        )


class ScopeMissing(LedgerError):
    """The credential is valid, but its scopes do not include what was asked for."""

    status = 403

    def __init__(self, scope: str) -> None:
        super().__init__(
            Problem("scope_missing", f"This credential does not have the scope '{scope}'.")
        )


class SignInNeeded(LedgerError):
    """Nobody is signed in, or the session has ended. A browser is redirected to /sign-in."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            Problem("sign_in_needed", "You are not signed in.", hint="Sign in at /sign-in.")
        )


class ForeignForm(LedgerError):
    """The form belongs to no current session; another site may have sent it."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            Problem(
                "foreign_form",
                "The form does not belong to your session.",
                hint="Open the page again, then send the form.",
            )
        )


class NotFound(LedgerError):
    """There is no resource at that address."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            Problem("not_found", "There is nothing at this address.", hint="See /openapi.json.")
        )


class ProgramNotFound(NotFound):
    """There is no such program, or the credential may not see it; the response is the same."""

    def __init__(self, program_id: int) -> None:
        LedgerError.__init__(
            self,
            Problem("program_not_found", f"There is no program {program_id}.", "programId"),
        )


class ShortCodeNotFound(NotFound):
    """No program that the credential sees has the short code, and nobody has opted out of it."""

    def __init__(self, short_code: str) -> None:
        LedgerError.__init__(
            self,
            Problem(
                "short_code_not_found",
                f"No program has the short code {short_code}, and nobody has opted out of it.",
                "shortCode",
            ),
        )


class MethodNotAllowed(LedgerError):
    """The address exists, but not for this method."""

    status = 405

    def __init__(self, allowed: str) -> None:
        super().__init__(Problem("method_not_allowed", f"This address answers {allowed} only."))
        self.headers = ((b"allow", allowed.encode()),)


class LedgerRestored(LedgerError):
    """The cursor or token belongs to another ledger, or to this one before a restore."""

    status = 409

    def __init__(self, parameter: str = "cursor") -> None:
        super().__init__(
            Problem(
                "ledger_restored",
                "The ledger was restored or replaced after this value was issued.",
                parameter,
                "Start from the beginning, without it.",
            )
        )


class TokenExpired(LedgerError):
    """The token is older than retention, so erasures since then may no longer be known."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            Problem(
                "token_expired",
                "The token is too old: the ledger no longer knows all erasures since then.",
                "after",
                "Export the program again, then continue with the token of that export.",
            )
        )


class PositionOutdated(TokenExpired):
    """The position has the format of an earlier build, which cannot be compared with new ones."""

    def __init__(self) -> None:
        LedgerError.__init__(
            self,
            Problem(
                "token_expired",
                "The position in after has the format of an earlier build of smsledger.",
                "after",
                "Delete the data that contains such positions. Then load the program from the"
                " beginning with after=0.",
            ),
        )


class PositionOverflow(LedgerError):
    """The program has had more changes than positions can number."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            Problem(
                "position_overflow",
                "The program has had more changes than a position can number.",
                "include",
                "Remove position from include, and continue with nextToken.",
            )
        )


class ProgramInactive(LedgerError):
    """The program takes no new messages."""

    status = 409

    def __init__(self, program_id: int) -> None:
        super().__init__(
            Problem(
                "program_inactive",
                f"Program {program_id} is deactivated and takes no new messages.",
                "programId",
            )
        )


class BodyTooLarge(LedgerError):
    """The body is over the limit; nothing of it was read into the ledger."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            Problem(
                "body_too_large",
                f"The body is larger than {limit} bytes.",
                hint="Send it in several requests; sending a message again does no harm.",
            )
        )


class TooManyRows(LedgerError):
    """The body has more rows than the limit; none of them was read into the ledger."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            Problem(
                "too_many_rows",
                f"The body has more than {limit} rows.",
                hint="Send them in several requests; sending a message again does no harm.",
            )
        )


class UriTooLong(LedgerError):
    """The query string is over the limit."""

    status = 414

    def __init__(self, limit: int) -> None:
        super().__init__(Problem("uri_too_long", f"The query is longer than {limit} bytes."))


class UnsupportedMediaType(LedgerError):
    """The body is of a kind that this address does not read."""

    status = 415

    def __init__(self, accepted: str) -> None:
        super().__init__(
            Problem("unsupported_media_type", f"The Content-Type must be one of {accepted}.")
        )


class TooManyAttempts(LedgerError):
    """Too many attempts to sign in failed; the next may come after some seconds."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(
            Problem(
                "too_many_attempts",
                f"Too many attempts failed. Try again in {seconds} seconds.",
            )
        )
        self.headers = ((b"retry-after", b"%d" % seconds),)


class InternalError(LedgerError):
    """A bug. `error_id` is in the log, with what happened; the answer holds nothing else of it."""

    status = 500

    def __init__(self, error_id: str) -> None:
        super().__init__(
            Problem(
                "internal_error",
                f"Something went wrong on our side (error id {error_id}).",
                hint="Give the error id to the operator: it is in the log.",
            )
        )


class StoreDamaged(LedgerError):
    """The ledger's file or database is damaged. Retries do not help; an operator must act.

    The status is 500, because clients, proxies and load balancers take a 503 for a temporary
    state. `reason` is the engine's message. Responses of the API do not contain it.
    """

    status = 500

    def __init__(self, reason: str = "") -> None:
        message = "The ledger is damaged. Nothing is stored until an operator has repaired it."
        super().__init__(Problem("store_damaged", message, hint=_REPAIR))
        self.reason = reason


class NotReady(LedgerError):
    """The ledger is damaged: the response to a readiness check, which contains the reason."""

    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__(Problem("store_damaged", f"The ledger is damaged: {reason}", hint=_REPAIR))


class UnroutedFull(LedgerError):
    """The limit of unrouted messages is reached. The gateway has to send the message again."""

    status = 503
    headers = ((b"retry-after", b"60"),)

    def __init__(self, limit: int, *, limited_credential: bool = False) -> None:
        of_whom = " for credentials limited to programs" if limited_credential else ""
        super().__init__(
            Problem(
                "unrouted_full",
                f"The limit of {limit} unrouted messages{of_whom} is reached.",
                hint="Send the message again later. Operators: make room with `smsledger route`.",
            )
        )


class Unavailable(LedgerError):
    """The store cannot be reached, or the server is about to stop; try again."""

    status = 503
    headers = ((b"retry-after", b"2"),)

    @classmethod
    def store(cls) -> "Unavailable":
        """The store does not answer."""
        return cls(Problem("store_unavailable", "The store is temporarily unavailable."))

    @classmethod
    def draining(cls) -> "Unavailable":
        """The server is stopping: it finishes running requests and refuses new ones."""
        return cls(Problem("draining", "The server is stopping and takes no new requests."))
