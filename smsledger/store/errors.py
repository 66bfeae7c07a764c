"""What a store refuses, and what keeps it from being opened."""

_FACTS = {
    "id": "this id",
    "name": "this name",
    "keywords": "one of these keywords on this short code",
    "is_default": "the place of default program of this short code",
}


class Taken(Exception):
    """What was to be written exists already, or collides with something that does.

    `field` is which of its fields: of a `Program`, a `Campaign` or a `Credential`.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field

    @classmethod
    def by_program(cls, field: str) -> "Taken":
        """A fact of a program is another's."""
        return cls(field, f"another program has {_FACTS[field]}")

    @classmethod
    def by_campaign(cls, name: str) -> "Taken":
        """A campaign's name is another's."""
        return cls("name", f"there is a campaign '{name}' already")


class Missing(Exception):
    """The row to change does not exist."""


class Changed(Exception):
    """The row has changed since the caller read it."""


class LastAdministrator(Exception):
    """Removing this credential would leave the ledger without an administrator."""


class SchemaBehind(Exception):
    """The store is not there, or not migrated to this release."""


class SchemaAhead(Exception):
    """The store was migrated by a newer release, and this one cannot work on it any more."""


class NotMigrated(Exception):
    """A migration could not be done, and has changed nothing; it may be tried again."""


class DevelopmentSchema(Exception):
    """The store has a schema of a development build that this release cannot migrate."""


class UnfinishedCopy(Exception):
    """Another ledger is being copied into the store, which is not to be served before its end."""


class UnconfirmedRestore(Exception):
    """The ledger is a backup, or is in another place than before.

    It can be used after `smsledger restored` or `smsledger moved`.
    """
