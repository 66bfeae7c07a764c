"""What people type about programs and credentials, at the command line or in a form."""

import pytest

from smsledger.accounts import provisioning
from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.instant import DAY, HOUR
from smsledger.ledger.model import Scope

NOW = instant.now()
WORDS = ConsentWords()
RIGHT_TO_LEFT = "\u202e"


@pytest.mark.parametrize("text", ["x", "  x ", "x" * 50, "Été 2026 – 50 %", "👋"])
def test_a_name_is_some_characters_without_the_space_around_them(text: str) -> None:
    assert provisioning.name_of(text) == text.strip()


@pytest.mark.parametrize("text", ["", "  ", "x" * 51, "a\nb", "a\0b", f"a{RIGHT_TO_LEFT}b"])
def test_what_cannot_be_shown_in_one_line_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 50 printable characters"):
        provisioning.name_of(text)


def test_a_short_code_is_digits_and_loses_its_plus() -> None:
    assert provisioning.short_code_of(" +20880 ") == "20880"
    for text in ("", "12", "SHOP", "1" * 21, "١٢٣", "++20880"):
        with pytest.raises(ValueError, match="3 to 20 digits"):
            provisioning.short_code_of(text)


def test_keywords_are_upper_case_and_each_is_there_once() -> None:
    assert provisioning.keywords_of(["join", "Été", "JOIN "], WORDS) == ("JOIN", "ÉTÉ")
    assert provisioning.keywords_of([], WORDS) == ()


@pytest.mark.parametrize("text", ["", "TWO WORDS", "x" * 65, "ß" * 33, "a\0"])
def test_what_no_message_begins_with_is_no_keyword(text: str) -> None:
    with pytest.raises(ValueError, match="one word of at most 64 characters"):
        provisioning.keywords_of(["JOIN", text], WORDS)


@pytest.mark.parametrize("text", ["JOIN!", "«join»", "stop."])
def test_a_keyword_that_no_message_could_match_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="punctuation"):
        provisioning.keywords_of([text], WORDS)


@pytest.mark.parametrize("text", ["stop", "OPT-OUT", "End"])
def test_an_opt_out_word_cannot_be_a_keyword_unless_it_is_one_already(text: str) -> None:
    with pytest.raises(ValueError, match="is an opt-out word and cannot be a keyword"):
        provisioning.keywords_of(["JOIN", text], WORDS)
    assert text.upper() in provisioning.keywords_of(["JOIN", text], WORDS, [text.upper()])


def test_an_id_is_a_number_above_nought() -> None:
    assert provisioning.id_of("121811") == 121811
    for text in ("", "0", "-1", "1" * 19, "١"):
        with pytest.raises(ValueError, match="18 digits"):
            provisioning.id_of(text)


@pytest.mark.parametrize(
    ("code", "keywords", "asked", "default"),
    [
        ("20880", (), False, True),
        ("20880", ("JOIN",), False, False),
        ("20880", ("JOIN",), True, True),
        (None, (), False, False),
    ],
)
def test_a_program_without_a_keyword_is_its_code_s_default(
    code: str | None, keywords: tuple[str, ...], asked: bool, default: bool
) -> None:
    assert provisioning.is_default(code, keywords, asked=asked) == default


@pytest.mark.parametrize(("keywords", "asked"), [(("JOIN",), False), ((), True)])
def test_what_leads_to_a_program_needs_a_code(keywords: tuple[str, ...], asked: bool) -> None:
    with pytest.raises(ValueError, match="short code"):
        provisioning.is_default(None, keywords, asked=asked)


@pytest.mark.parametrize("text", ["", "a:b", "a b", "a\n", "x" * 65, f"a{RIGHT_TO_LEFT}"])
def test_what_http_basic_cannot_carry_is_no_user_name(text: str) -> None:
    assert provisioning.username_of("etl@example.com/1") == "etl@example.com/1"
    with pytest.raises(ValueError, match="without spaces or colons"):
        provisioning.username_of(text)


def test_scopes_are_words_and_at_least_one() -> None:
    assert provisioning.scopes_of(["export", "admin"]) == {Scope.EXPORT, Scope.ADMIN}
    with pytest.raises(ValueError, match="'everything' is not one of export"):
        provisioning.scopes_of(["export", "everything"])
    with pytest.raises(ValueError, match="at least one"):
        provisioning.scopes_of([])


def test_an_end_is_a_date_or_a_duration_and_to_come() -> None:
    assert provisioning.end_of("90d", NOW) == NOW + 90 * DAY
    assert provisioning.end_of("2999-01-01T00:00:00", NOW) > NOW
    for text in ("soon", "", "2020-01-01T00:00:00", "0s"):
        with pytest.raises(ValueError, match=r"date|future"):
            provisioning.end_of(text, NOW)


def test_a_duration_has_a_unit() -> None:
    assert provisioning.duration_of("2h") == 2 * HOUR
    for text in ("2", "h", "-1h", "1w", "1000000d"):
        with pytest.raises(ValueError, match="not a duration"):
            provisioning.duration_of(text)
