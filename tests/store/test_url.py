import pytest

from smsledger.store.url import engine_of, password_of, without_password


@pytest.mark.parametrize("url", ["", "ledger.db", "sqlite://x", "mysql://h/d", "postgresql:h"])
def test_a_url_of_no_engine_is_told_what_one_looks_like(url: str) -> None:
    with pytest.raises(ValueError, match="postgresql://USER@HOST"):
        engine_of(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://u:p%40ss@h1:1,h2:2/db?sslmode=require",
            "postgresql://u@h1:1,h2:2/db?sslmode=require",
        ),
        ("postgresql://u@h/db?password=p%40ss", "postgresql://u@h/db"),
        ("postgresql://h/db", "postgresql://h/db"),
        ("sqlite:////var/lib/ledger.db", "sqlite:////var/lib/ledger.db"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown
    assert password_of(url) == ("p@ss" if url != shown else None)
