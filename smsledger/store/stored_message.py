"""What the ledger holds of a message: its row, its history, the receipts that wait for it."""

import msgspec

from smsledger.ledger.model import DeliveryStatus, MessageType, Receipt


class StoredMessage(msgspec.Struct, kw_only=True):
    """A message as the ledger holds it, one row of the table `message`.

    `date_given` is true if the caller gave the date; otherwise the date is `first_seen`.
    `first_status` is the status it was recorded with; later ones are in the history. `check_value`
    covers everything else in the row (`check_value.py`). It is None in rows that were last written
    by a release without check values.
    """

    date: int
    serial: int
    change: int
    id: str
    type: MessageType
    delivery_status: DeliveryStatus
    first_status: DeliveryStatus
    number: str
    network: str | None
    short_code: str | None
    gateway: str | None
    segments: int | None
    error_code: str | None
    date_given: bool
    first_seen: int
    updated_at: int
    fragment: bytes
    check_value: int | None = None


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said about a message, in the order of `change`."""

    serial: int
    change: int
    delivery_status: DeliveryStatus | None
    date: int | None
    recorded_at: int
    network: str | None
    gateway: str | None
    error_code: str | None
    text: str | None
    raw: bytes | None

    @classmethod
    def of(cls, stored: StoredMessage, receipt: Receipt, now: int) -> "HistoryEntry":
        """The entry of a receipt under the message's latest change."""
        return cls(
            serial=stored.serial,
            change=stored.change,
            delivery_status=receipt.delivery_status,
            date=receipt.date,
            recorded_at=now,
            network=receipt.network,
            gateway=receipt.gateway,
            error_code=receipt.error_code,
            text=receipt.text,
            raw=receipt.raw,
        )


class Orphan(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt whose message has not come; `ordinal` tells those of one id apart."""

    ordinal: int
    recorded_at: int
    receipt: Receipt


def says_again(said: HistoryEntry | Receipt, receipt: Receipt) -> bool:
    """Whether the receipt repeats what was said; a date that it does not give may differ."""
    return (
        said.delivery_status == receipt.delivery_status
        and (said.date == receipt.date or receipt.date is None)
        and said.network == receipt.network
        and said.gateway == receipt.gateway
        and said.error_code == receipt.error_code
        and said.text == receipt.text
    )
