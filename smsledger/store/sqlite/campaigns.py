"""Campaigns: the names that programs are grouped under."""

import apsw

from smsledger.ledger.model import Campaign
from smsledger.store.protocol import Missing, Taken
from smsledger.store.sqlite.queries import SQL


def listing(connection: apsw.Connection) -> list[Campaign]:
    """All campaigns, by name."""
    return [Campaign(id=number, name=name) for number, name in connection.execute(SQL.campaigns)]


def create(connection: apsw.Connection, name: str) -> Campaign:
    """The new campaign.

    Raises:
        Taken: there is one of that name.
    """
    try:
        return Campaign(id=connection.execute(SQL.insert_campaign, {"name": name}).get, name=name)
    except apsw.ConstraintError as error:
        raise Taken.by_campaign(name) from error


def rename(connection: apsw.Connection, campaign_id: int, name: str) -> None:
    """Give a campaign another name.

    Raises:
        Missing: there is no such campaign.
        Taken: there is another of that name.
    """
    try:
        renamed = connection.execute(SQL.rename_campaign, {"id": campaign_id, "name": name}).get
    except apsw.ConstraintError as error:
        raise Taken.by_campaign(name) from error
    if renamed is None:
        raise Missing(f"there is no campaign {campaign_id}")
