import pytest

from smsledger.ledger.first_word import MAX_WORD, first_word


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("join now", "JOIN"),
        ("  Stop.\n", "STOP"),
        ("“стоп”, пожалуйста", "СТОП"),
        ("stop\u2003it", "STOP"),
        ("#win", "#WIN"),
        ("\ufeffstop\u200b", "STOP"),
        ("\u200e“Stop”\u200f", "STOP"),
        ("stop\ufe0f", "STOP"),
        ("...", ""),
        ("", ""),
        ("ß" * 100, "S" * MAX_WORD),
    ],
)
def test_the_first_word_is_upper_case_without_punctuation_at_its_ends(body: str, word: str) -> None:
    assert first_word(body) == word
