"""Administration: programs, campaigns, unrouted messages, credentials, exports."""

from smsledger.accounts.mail import Mail
from smsledger.web.call import Resource
from smsledger.web.console.administration.campaigns import Campaigns
from smsledger.web.console.administration.credentials import Credentials
from smsledger.web.console.administration.exports import Exports
from smsledger.web.console.administration.programs import Programs
from smsledger.web.console.administration.rotation import Rotation
from smsledger.web.console.administration.unrouted import UnroutedMessages
from smsledger.web.console.frame import Console


def resources(console: Console, mail: Mail) -> list[Resource]:
    """The addresses under /admin."""
    programs, campaigns = Programs(console), Campaigns(console)
    rotation, unrouted = Rotation(console, mail), UnroutedMessages(console)
    credentials, exports = Credentials(console, rotation), Exports(console)
    return [
        Resource("/admin", GET=programs.start),
        Resource("/admin/programs", GET=programs.listing),
        Resource("/admin/programs/new", GET=programs.new, POST=programs.create),
        Resource("/admin/programs/{programId}", GET=programs.edit, POST=programs.update),
        Resource("/admin/campaigns", GET=campaigns.listing, POST=campaigns.create),
        Resource("/admin/campaigns/{campaignId}", GET=campaigns.edit, POST=campaigns.rename),
        Resource("/admin/unrouted", GET=unrouted.listing, POST=unrouted.assign),
        Resource("/admin/credentials", GET=credentials.listing),
        Resource("/admin/credentials/new", GET=credentials.new, POST=credentials.issue),
        Resource("/admin/credentials/secret", GET=rotation.ask, POST=rotation.rotate),
        Resource("/admin/credentials/revoke", GET=credentials.ask, POST=credentials.revoke),
        Resource("/admin/exports", GET=exports.listing),
    ]
