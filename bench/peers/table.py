"""The peers' data: the ledger's messages in one plain table, indexed as their pages ask for it."""

from datetime import datetime
from pathlib import Path

import apsw
from sqlalchemy import Index, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_COPY = """
INSERT INTO message (serial, id, program_id, type, delivery_status, number, body, date, network)
SELECT serial, id, program_id, type, delivery_status, number, fragment ->> '$.body',
       strftime('%Y-%m-%d %H:%M:%S.000000', date / 1000000, 'unixepoch'), network
FROM ledger.message ORDER BY program_id, date, serial
"""


class Base(DeclarativeBase):
    """What the peers' tables are declared in."""


class Message(Base):
    """The six fields of the API, and what finds and orders them."""

    __tablename__ = "message"
    __table_args__ = (Index("message_date", "program_id", "date", "serial"),)

    serial: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str]
    program_id: Mapped[int]
    type: Mapped[str]
    delivery_status: Mapped[str]
    number: Mapped[str]
    body: Mapped[str]
    date: Mapped[datetime]
    network: Mapped[str | None]


def copy(ledger: Path, target: Path) -> None:
    """Copy a ledger's messages, in the order of the pages, into a new file."""
    engine = create_engine(f"sqlite:///{target}")
    Base.metadata.create_all(engine)
    engine.dispose()
    with apsw.Connection(str(target)) as connection:
        connection.execute("ATTACH ? AS ledger", (str(ledger),))
        connection.execute(_COPY)
    connection.execute("DETACH ledger; PRAGMA journal_mode = wal; ANALYZE")
    connection.close()
