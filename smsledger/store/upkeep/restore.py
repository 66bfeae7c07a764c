"""Puts a restored or moved ledger into use."""

from smsledger.store.session import Session


async def renew_epoch(db: Session, epoch: str) -> None:
    """Give the ledger a new epoch, and confirm it where it is."""
    await db.run("renew_epoch", epoch=epoch)
    await db.settle()


async def confirm_move(db: Session) -> bool:
    """Confirm the ledger where it is; return whether it was a backup or in another place."""
    confirmed = await db.value("backup_at") is not None or await db.displacement() is not None
    await db.settle()
    return confirmed
