"""Campaigns: the names that programs are grouped under."""

from smsledger.ledger.model import Campaign
from smsledger.store.errors import Missing, Taken
from smsledger.store.session import NotUnique, Session


async def listing(db: Session) -> list[Campaign]:
    """Return all campaigns, by name."""
    return [Campaign(**row) for row in await db.rows("campaigns")]


async def create(db: Session, name: str) -> Campaign:
    """Add a campaign and return it.

    Raises:
        Taken: there is one of that name.
    """
    try:
        return Campaign(id=await db.value("insert_campaign", name=name), name=name)
    except NotUnique as error:
        raise Taken.by_campaign(name) from error


async def rename(db: Session, campaign_id: int, name: str) -> None:
    """Give a campaign another name.

    Raises:
        Missing: there is no such campaign.
        Taken: there is another of that name.
    """
    try:
        renamed = await db.value("rename_campaign", id=campaign_id, name=name)
    except NotUnique as error:
        raise Taken.by_campaign(name) from error
    if renamed is None:
        raise Missing(f"there is no campaign {campaign_id}")
