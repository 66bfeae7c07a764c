"""The peers' data: the ledger's messages in one plain table, indexed as their pages ask for it."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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
