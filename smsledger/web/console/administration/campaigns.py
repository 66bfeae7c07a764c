"""/admin/campaigns: all campaigns, new ones, and their names."""

from collections import Counter

from smsledger.accounts.provisioning import name_of
from smsledger.errors import NotFound
from smsledger.ledger.model import Campaign
from smsledger.store.errors import Missing, Taken
from smsledger.web.call import Answer, Call
from smsledger.web.console.draft import Draft
from smsledger.web.console.frame import Console
from smsledger.web.console.visitor import Visitor

_PLACE = "/admin/campaigns"


class Campaigns:
    """The pages at which campaigns are made and named."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def listing(self, call: Call) -> Answer:
        """GET /admin/campaigns; `saved` is the id of the one that was just written."""
        visitor = await self._console.administrator(call)
        return await self._list(call, visitor, Draft.of())

    async def create(self, call: Call) -> Answer:
        """POST /admin/campaigns."""
        visitor = await self._console.administrator(call)
        draft = Draft(await self._console.form(call, visitor))
        if name := draft.take("name", name_of):
            try:
                made = await self._console.store.create_campaign(name)
                return self._console.done(call, visitor, _PLACE, saved=made.id)
            except Taken as taken:
                draft.add_error(taken.field, str(taken))
        return await self._list(call, visitor, draft)

    async def edit(self, call: Call) -> Answer:
        """GET /admin/campaigns/{campaignId}."""
        visitor = await self._console.administrator(call)
        campaign = await self._campaign(call)
        return self._form(call, visitor, Draft.of(name=campaign.name), campaign)

    async def rename(self, call: Call) -> Answer:
        """POST /admin/campaigns/{campaignId}."""
        visitor = await self._console.administrator(call)
        campaign = await self._campaign(call)
        draft = Draft(await self._console.form(call, visitor))
        if name := draft.take("name", name_of):
            try:
                await self._console.store.rename_campaign(campaign.id, name)
                return self._console.done(call, visitor, _PLACE, saved=campaign.id)
            except Taken as taken:
                draft.add_error(taken.field, str(taken))
            except Missing as error:
                raise NotFound from error
        return self._form(call, visitor, draft, campaign)

    async def _campaign(self, call: Call) -> Campaign:
        wanted = call.scope["path_params"]["campaignId"]
        for campaign in await self._console.store.campaigns():
            if str(campaign.id) == wanted:
                return campaign
        raise NotFound

    async def _list(self, call: Call, visitor: Visitor, draft: Draft) -> Answer:
        saved = self._console.was_done(call, visitor).text("saved")
        campaigns = await self._console.store.campaigns()
        programs = await self._console.store.programs()
        return self._console.page(
            call,
            "administration/campaigns.html",
            visitor,
            draft=draft,
            campaigns=campaigns,
            programs=Counter(each.campaign for each in programs),
            saved=next((each for each in campaigns if str(each.id) == saved), None),
        )

    def _form(self, call: Call, visitor: Visitor, draft: Draft, campaign: Campaign) -> Answer:
        return self._console.page(
            call,
            "administration/campaign.html",
            visitor,
            draft=draft,
            campaign=campaign,
        )
