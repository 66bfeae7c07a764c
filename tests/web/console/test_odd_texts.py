"""NUL and what is no UTF-8, wherever a caller can write: answered, and never a failure of ours."""

import pytest

from smsledger.store.store import Store
from tests.application import CHANGES, COUNTS, EXPORT, PAGES
from tests.making import PROGRAM
from tests.web.console.conftest import SECRET, Visit

REPORT = f"/programs/{PROGRAM}"
ADDRESSES = (
    "/sign-in?next={}",
    "/programs?q={}&page={}",
    "/opt-outs?code={}&after={}",
    "/opt-outs/export?code={}&format=csv",
    f"{REPORT}?number={{}}&network={{}}&zone={{}}&older={{}}",
    f"{REPORT}/live/{{}}?network={{}}",
    f"{REPORT}/paused?network={{}}",
    f"{REPORT}/presets/{{}}",
    f"{REPORT}/export?network={{}}&format={{}}",
    f"{REPORT}/message?id={{}}",
    f"{REPORT}/message?id=m-1&zone={{}}",
    "/programs/{}",
    "/reveal/{}",
    "/static/{}",
    "/admin/programs?q={}&saved={}",
    "/admin/programs/new?short_code={}",
    "/admin/programs/{}",
    "/admin/campaigns?saved={}",
    "/admin/campaigns/{}",
    "/admin/unrouted?after={}&assigned={}&program={}",
    "/admin/credentials?invited={}&revoked={}",
    "/admin/credentials/secret?user={}",
    "/admin/credentials/revoke?user={}",
    "/admin/exports?user={}",
    "/admin/exports?program={}&before={}",
    "/api/opt-outs/{}",
    "/api/messages/program/{}",
    f"{PAGES}?network={{}}",
    f"{PAGES}?cursor={{}}",
    f"{EXPORT}?network={{}}&resume={{}}",
    f"{COUNTS}?network={{}}",
    f"{CHANGES}?after={{}}",
)
FORMS = (
    ("/sign-in", "username"),
    ("/sign-in", "next"),
    ("/admin/programs/new", "name"),
    (f"/admin/programs/{PROGRAM}", "keywords"),
    ("/admin/campaigns", "name"),
    ("/admin/unrouted", "program"),
    ("/admin/credentials/new", "username"),
    ("/admin/credentials/secret", "user"),
    ("/admin/credentials/revoke", "user"),
)
ODD = ("%00", "%FF", "%ED%A0%80", "a%00b")


@pytest.mark.parametrize("odd", ODD)
async def test_an_address_may_hold_any_bytes(visit: Visit, odd: str) -> None:
    visitor = await visit("admin")
    for address in ADDRESSES:
        answer = await visitor.get(address.replace("{}", odd), auth=("visitor", SECRET))
        assert answer.status_code < 500, (address, answer.text)


@pytest.mark.parametrize("odd", ODD)
async def test_a_form_that_holds_what_is_no_text_is_refused(
    visit: Visit, store: Store, odd: str
) -> None:
    visitor = await visit("admin")
    before = await store.credentials()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for path, field in FORMS:
        answer = await visitor.post(path, content=f"{field}={odd}", headers=headers)
        assert answer.status_code == 400, (path, field)
    assert await store.credentials() == before
