"""The same pages by FastAPI and SQLAlchemy, written as their documentation teaches."""

# The environment of the peers' processes: their table's file, and the one credential.
PEER_FILE = "BENCH_PEER_FILE"
USERNAME = "BENCH_USERNAME"
SECRET = "BENCH_SECRET"  # noqa: S105 (the name of a variable)
