"""The same pages by FastAPI and SQLAlchemy, written as their documentation teaches.

Here is what a peer asks of its table and answers; the applications that do so, each in its
engine's folder, differ in how they wait for the database.
"""

# The environment of the peers' processes: their database, and the one credential.
PEER_URL = "BENCH_PEER_URL"
USERNAME = "BENCH_USERNAME"
SECRET = "BENCH_SECRET"  # noqa: S105 (the name of a variable)
