"""What is stored of a secret."""

import hashlib


def digest_of(secret: str) -> bytes:
    """The SHA-256 digest: secrets are 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()
