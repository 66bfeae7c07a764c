"""Keeps the consent of numbers in step with the texts that the ledger holds.

`store/consent.py` decides which event of which text counts. Posting stores the events of new
messages; this does the rest: texts that found no program, erasures, and rebuilds after words or
keywords have changed.
"""

from collections.abc import Iterable, Sequence

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords, Kind
from smsledger.ledger.first_word import first_word
from smsledger.ledger.model import Unrouted
from smsledger.ledger.numbers import plain_code
from smsledger.ledger.opt_outs import RebuildStep, lowest
from smsledger.store.consent import (
    CodeWord,
    ConsentEvent,
    Text,
    code_of_text,
    latest_events,
    rejudged,
)
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.session import Row, Session


async def keep_texts(db: Session, program_id: int, texts: list[Text], words: ConsentWords) -> None:
    """Store the events of texts, judged by the words and the current keywords."""
    keywords = await _keywords(db, program_id, texts)
    latest = latest_events(texts, words, keywords.__contains__)
    await db.keep_events(program_id, latest.values())


async def keep_stored(db: Session, program_id: int, number: str, words: ConsentWords) -> None:
    """Store the events of all stored messages of a number, as if they arrived now."""
    await keep_texts(db, program_id, await _texts(db, program_id, [number]), words)


async def retract(db: Session, message: Unrouted, words: ConsentWords) -> None:
    """Remove the events of a message that was assigned to a program.

    The number's other unrouted messages are judged again, because an earlier one may now be the
    latest.
    """
    await db.run(
        "delete_unrouted_consent",
        program_id=NO_PROGRAM,
        number=message.sender,
        short_code=plain_code(message.short_code),
        serial=message.ordinal,
    )
    await keep_stored(db, NO_PROGRAM, message.sender, words)


async def renew_words(
    db: Session, program_id: int, number_codes: Sequence[Row], words: ConsentWords
) -> None:
    """Replace the last word of each number and code by that of the latest remaining message.

    Without such a message, the pair has no last word any more.
    """
    await db.bulk("delete_word", number_codes, program_id=program_id)
    for row in await db.bulk("latest_mo", number_codes, program_id=program_id):
        events = Text.of_row(**row).events(words, lambda _: False)
        last_word = (event for event in events if event.kind is Kind.WORD)
        await db.keep_events(program_id, last_word)


async def note_words(db: Session, words: ConsentWords) -> int | None:
    """Store the words by which events are judged from now on; see `Store.note_words`."""
    row = await db.row("consent_words")
    assert row is not None  # noqa: S101 (the migration inserts it)
    due: int | None = row["rebuild_due_since"]
    given = msgspec.json.encode(words).decode()
    if row["words"] != given:
        if await _has_events(db):
            due = instant.now()
        await db.run("set_consent_words", words=given, due=due)
    return due


async def note_keywords(db: Session, codes: Iterable[str]) -> None:
    """Make a rebuild due if any of the codes, whose keywords have changed, has events."""
    for code in codes:
        rows = await db.rows("programs_of_code", short_code=code)
        for program_id in (NO_PROGRAM, *(row["program_id"] for row in rows)):
            if await db.value("has_consent", program_id=program_id, short_code=code):
                words = await db.value("consent_words")
                await db.run("set_consent_words", words=words, due=instant.now())
                return


async def rebuild(
    db: Session, program_id: int, after: str, limit: int, words: ConsentWords
) -> RebuildStep:
    """Judge the messages of the next numbers again; see `Store.rebuild_consent`."""
    await db.lock(program_id)
    numbers = await _numbers(db, program_id, after, limit)
    texts = await _texts(db, program_id, numbers)
    asked = [{"number": number} for number in numbers]
    rows = await db.bulk("events_of_number", asked, program_id=program_id)
    events = [msgspec.convert(dict(row), ConsentEvent) for row in rows]
    keywords = await _keywords(db, program_id, texts)
    result = rejudged(texts, events, words, keywords.__contains__)
    stale = [msgspec.structs.asdict(event) for event in result.stale]
    await db.bulk("delete_event", stale, program_id=program_id)
    await db.keep_events(program_id, result.new)
    changed = len({event.number for event in (*result.stale, *result.new)})
    return RebuildStep(len(numbers), changed, numbers[-1] if len(numbers) == limit else None)


async def end_rebuild(db: Session, words: ConsentWords, due: int | None) -> None:
    """Record that all events were judged by the words; see `Store.end_rebuild`."""
    await db.run("end_rebuild", words=msgspec.json.encode(words).decode(), due=due)


async def count_numbers(db: Session, program_id: int) -> int:
    """Return how many numbers of a program have messages."""
    return int(await db.value("count_numbers", program_id=program_id))


async def _keywords(db: Session, program_id: int, texts: list[Text]) -> frozenset[CodeWord]:
    """Return those of the texts' codes and first words that are keywords."""
    code_words = {(text.short_code, first_word(text.body)) for text in texts}
    _, keywords = await db.code_facts(program_id, code_words)
    return keywords


async def _has_events(db: Session) -> bool:
    for program_id in (NO_PROGRAM, *(row["id"] for row in await db.rows("program_ids"))):
        if await db.value("has_events", program_id=program_id):
            return True
    return False


async def _numbers(db: Session, program_id: int, after: str, limit: int) -> list[str]:
    """Return the next numbers of a program that have messages or events, in order."""
    values = {"after": after, "limit": limit}
    rows = [*await db.rows("numbers_of_program", program_id=program_id, **values)]
    if program_id == NO_PROGRAM:
        rows += await db.rows("numbers_unrouted", **values)
    return lowest((row["number"] for row in rows), limit)


async def _texts(db: Session, program_id: int, numbers: list[str]) -> list[Text]:
    """Return the stored texts of numbers, without those that count on no known code."""
    asked = [{"number": number} for number in numbers]
    if program_id == NO_PROGRAM:
        rows = await db.bulk("unrouted_of_number", asked)
        unrouted = (msgspec.convert(dict(row), Unrouted, strict=False) for row in rows)
        return [text for text in map(Text.of_unrouted, unrouted) if text]
    rows = await db.rows("codes_of_program", program_id=program_id)
    codes = frozenset(row["short_code"] for row in rows)
    found = await db.bulk("mos_of_number", asked, program_id=program_id)
    return [
        Text.of_row(**{**row, "short_code": code})
        for row in found
        if (code := code_of_text(row["short_code"], codes)) is not None
    ]
