"""Campaigns: the names that programs are grouped under."""

import asyncpg
import msgspec

from smsledger.ledger.model import Campaign
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.protocol import Missing, Taken


async def listing(connection: Connection) -> list[Campaign]:
    """All campaigns, by name."""
    return [msgspec.convert(dict(row), Campaign) for row in await connection.fetch(SQL.campaigns)]


async def create(connection: Connection, name: str) -> Campaign:
    """The new campaign.

    Raises:
        Taken: there is one of that name.
    """
    try:
        return Campaign(id=await connection.fetchval(SQL.insert_campaign, name), name=name)
    except asyncpg.UniqueViolationError as error:
        raise Taken.by_campaign(name) from error


async def rename(connection: Connection, campaign_id: int, name: str) -> None:
    """Give a campaign another name.

    Raises:
        Missing: there is no such campaign.
        Taken: there is another of that name.
    """
    try:
        renamed = await connection.fetchval(SQL.rename_campaign, campaign_id, name)
    except asyncpg.UniqueViolationError as error:
        raise Taken.by_campaign(name) from error
    if renamed is None:
        raise Missing(f"there is no campaign {campaign_id}")
