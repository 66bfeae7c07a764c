"""The same pages by FastAPI and SQLAlchemy, written as their documentation teaches.

Endpoints are plain functions, which FastAPI runs in threads: with aiosqlite they were as fast or
slower. `core_inline` does what the documentation warns of and we do: it reads on the event loop.
"""

# The environment of the peers' processes: their table's file, and the one credential.
PEER_FILE = "BENCH_PEER_FILE"
USERNAME = "BENCH_USERNAME"
SECRET = "BENCH_SECRET"  # noqa: S105 (the name of a variable)
