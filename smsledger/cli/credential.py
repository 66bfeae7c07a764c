"""`smsledger credential`: create, list, rotate, revoke. A secret is shown once."""

from typing import Annotated, Any

import typer

from smsledger.accounts.provisioning import (
    digest_of,
    duration_of,
    end_of,
    new_secret,
    scopes_of,
    username_of,
)
from smsledger.cli.common import (
    STORE,
    Failure,
    JsonOption,
    StoreOption,
    checked,
    say,
    with_store,
)
from smsledger.cli.output import table
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope
from smsledger.store.store import Store

app = typer.Typer(
    no_args_is_help=True, help="Manage user names and secrets for the API and console."
)

UserOption = Annotated[str, typer.Option(help="The credential's user name.")]


@app.command()
def create(
    user: UserOption,
    scope: Annotated[
        list[str], typer.Option(help=f"Scopes: {', '.join(Scope)}. Comma-separated or repeated.")
    ],
    program: Annotated[
        list[int] | None, typer.Option(help="Limit it to this program. Repeatable.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="Expiry: a GMT date, or a duration such as 90d.")
    ] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Create a credential and show its secret. It is not shown again."""
    ends = None
    if expires is not None:
        ends = checked("--expires", end_of, expires, instant.now())
    words = [word for each in scope for word in each.split(",")]
    credential = Credential(
        username=checked("--user", username_of, user),
        scopes=checked("--scope", scopes_of, words),
        programs=frozenset(program or ()),
        expires_at=ends,
    )
    secret = new_secret()

    async def work(opened: Store) -> None:
        await _require_programs(opened, credential.programs)
        await opened.create_credential(credential, digest_of(secret))

    with_store(store, work)
    shown = {"username": user, "secret": secret, **_to_dict(credential)}
    say(as_json, shown, f"Credential '{user}' created. Its secret, shown only now:\n{secret}")


@app.command("list")
def listing(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """List all credentials, without secrets."""
    credentials = with_store(store, lambda opened: opened.credentials(), unconfirmed=True)
    rows = (
        (credential.username, ",".join(sorted(credential.scopes))) for credential in credentials
    )
    say(
        as_json,
        [_to_dict(credential) for credential in credentials],
        table(rows) or "No credentials.",
    )


@app.command()
def rotate(
    user: UserOption,
    overlap: Annotated[str, typer.Option(help="How long the old secret still works.")] = "1h",
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Give a credential a new secret. The old one works until the overlap ends."""
    until = instant.now() + checked("--overlap", duration_of, overlap)
    secret = new_secret()
    with_store(store, lambda opened: opened.rotate_credential(user, digest_of(secret), until))
    ends = instant.render_seconds(until)
    shown = {"username": user, "secret": secret, "oldSecretUntil": ends}
    text = f"The new secret of '{user}', shown only now:\n{secret}\nThe old: until {ends} GMT."
    say(as_json, shown, text)


@app.command()
def revoke(user: UserOption, store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Revoke a credential at once, in every server process."""
    with_store(store, lambda opened: opened.revoke_credential(user))
    say(as_json, {"username": user, "revoked": True}, f"Credential '{user}' revoked.")


async def _require_programs(store: Store, programs: frozenset[int]) -> None:
    for program_id in sorted(programs):
        if await store.program(program_id) is None:
            raise Failure(f"there is no program {program_id}")


def _to_dict(credential: Credential) -> dict[str, Any]:
    ends = credential.expires_at
    return {
        "username": credential.username,
        "scopes": sorted(credential.scopes),
        "programs": sorted(credential.programs),
        "expires": None if ends is None else instant.render_seconds(ends),
    }
