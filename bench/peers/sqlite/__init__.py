"""The peers on SQLite: plain functions, which FastAPI runs in threads.

With aiosqlite they were as fast or slower. `core_inline` does what the documentation warns of and
we do: it reads on the event loop.
"""
