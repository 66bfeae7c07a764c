"""Secrets: what they are made of, and what is stored of them."""

import hashlib
import secrets


def new_secret() -> str:
    """A secret or a token: 256 random bits, in 43 characters that every address takes."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """The SHA-256 digest: secrets are 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()
