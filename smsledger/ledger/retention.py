"""How long messages are kept, and how far ahead they may be dated.

`store/upkeep/purge.py` removes them.
"""

from smsledger.ledger import instant

# Rows leave no sooner than this after their time is up, so a walk may last as long.
RETENTION_GRACE = 48 * instant.HOUR
# How far ahead of its arrival a message may be dated.
MAX_AHEAD = 24 * instant.HOUR


def retention_limit(now: int, retention_days: int) -> int:
    """Return the instant before which messages are no longer shown."""
    return now - retention_days * instant.DAY
