"""The migration derives consent from stored messages; a number in doubt stays opted out."""

import asyncio

import msgspec
import pytest

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.first_word import PUNCTUATION
from smsledger.ledger.instant import HOUR, SECOND
from smsledger.ledger.opt_outs import OptOutsQuery
from smsledger.store import migrate, open_store
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY
from tests.store.old_ledger import insert_message, new_old_ledger

BEFORE = {"sqlite": "0009", "postgres": "0008"}
NUMBER = "15556667777"


@pytest.fixture
def old(engine, request):
    with new_old_ledger(engine, BEFORE, request) as url:
        execute(url, "INSERT INTO program_keyword VALUES ('20880', 'JOIN', " + f"{PROGRAM})")
        yield url


def written(url, *bodies, **what_matters):
    """Put MOs into the old ledger, a second apart, and its last word of them."""
    for at, body in enumerate(bodies):
        fragment = msgspec.json.encode({"body": body})
        is_file = url.startswith("sqlite")
        fragment = fragment.decode().replace("'", "''") if is_file else rf"\x{fragment.hex()}"
        columns = {"date": YESTERDAY + at * SECOND, "first_seen": YESTERDAY + at * SECOND}
        columns |= {"type": "MO", "delivery_status": "Received", "first_status": "Received"}
        insert_message(url, at + 1, **{**columns, "fragment": fragment, **what_matters})


def last_word(url, word, program_id=PROGRAM, code="20880"):
    """Put in a last word whose message retention has taken."""
    values = f"({program_id}, '{NUMBER}', '{code}', {YESTERDAY}, 99, '{word}')"
    columns = "program_id, number, short_code, date, serial, word"
    execute(url, f"INSERT INTO last_word ({columns}) VALUES {values}")


def unrouted(url, body, reason="no program on short code 20880"):
    values = f"1, 'kannel', 'u', '{NUMBER}', '20880', '{body}', '{reason}', {YESTERDAY + 99}, '1'"
    columns = "ordinal, gateway, id, sender, short_code, body, reason, received_at, content"
    execute(url, f"INSERT INTO unrouted_message ({columns}) VALUES ({values})")


def opted_out(url, code="20880"):
    """The word by which the number is opted out after the migration, if it is."""
    migrate.upgrade(url)
    return asyncio.run(_opted_out(url, code))


async def _opted_out(url, code):
    store = await open_store(url)
    query = OptOutsQuery(program_ids=(0, PROGRAM), short_code=code, limit=9)
    [word] = [each.word for each in (await store.opt_outs(query)).opt_outs] or [None]
    await store.close()
    return word


@pytest.mark.parametrize(
    ("bodies", "word"),
    [
        (["STOP", "thanks"], "STOP"),
        (["STOP", "START"], None),
        (["STOP", "join now"], None),
        (["JOIN", "opt,\tOut! now"], "OPT OUT"),
        (["YES", "“stop”\xa0it"], "STOP"),
        ([f"{PUNCTUATION}revoke{PUNCTUATION}", " Hi"], "REVOKE"),
        (["OPT", "out", "", "...", "x" * 100], None),
    ],
)
def test_stored_messages_are_replayed(old, bodies, word):
    written(old, *bodies)
    assert opted_out(old) == word


def test_a_message_dated_ahead_counts_by_its_first_sight(old):
    written(old, "STOP")
    ahead = {"date": YESTERDAY + HOUR, "first_seen": YESTERDAY - SECOND, "id": "ahead"}
    fragment = {"fragment": '{"body":"JOIN"}', "type": "MO"}
    insert_message(old, 2, **ahead, **fragment)
    assert opted_out(old) == "STOP"


@pytest.mark.parametrize(("word", "expected"), [("STOP", "STOP"), ("HI", None)])
def test_a_last_word_whose_message_has_left_stays_what_it_was(old, word, expected):
    last_word(old, word)
    assert opted_out(old) == expected


def test_an_opt_in_on_the_code_of_another_program_does_not_lift_an_opt_out(old):
    execute(
        old,
        "INSERT INTO program (id, campaign_id, name, type, short_code, is_default, active, since)"
        " SELECT 7, 1, 'Other', type, '30330', is_default, active, 0 FROM program",
    )
    written(old, "STOP", "START", short_code="30330")
    assert opted_out(old, "30330") == "STOP"


def test_an_opt_in_on_a_code_that_no_program_has_any_more_counts(old):
    last_word(old, "START", code="30330")
    written(old, "STOP", "START", short_code="+30330")
    assert opted_out(old, "30330") is None


@pytest.mark.parametrize(
    ("body", "reason", "expected"),
    [
        ("STOP", "no program on short code 20880", "STOP"),
        ("STOP", "the credential may not ingest into program 7", None),
        ("START", "no program on short code 20880", "END"),
    ],
)
def test_of_what_found_no_program_opt_outs_count_unless_limits_refused_them(
    old, body, reason, expected
):
    if expected == "END":
        written(old, "END")
    unrouted(old, body, reason)
    assert opted_out(old) == expected


async def test_the_words_of_the_migration_are_the_defaults(store_url):
    [(words, due)] = await asyncio.to_thread(
        execute, store_url, "SELECT words, rebuild_due_since FROM consent_words"
    )
    assert msgspec.json.decode(words, type=ConsentWords) == ConsentWords()
    assert due is None
