"""The tap: its settings, and its one stream."""

from singer_sdk import Tap
from singer_sdk import typing as th

from tap_smsledger.messages import Messages


class TapSmsledger(Tap):
    """The messages of programs, from the change feed of a smsledger."""

    name = "tap-smsledger"
    config_jsonschema = th.PropertiesList(
        th.Property("url", th.StringType, required=True, description="https://sms.example.com"),
        th.Property("user", th.StringType, required=True),
        th.Property("secret", th.StringType, required=True, secret=True),
        th.Property(
            "program_ids",
            th.ArrayType(th.IntegerType),
            required=True,
            description="The programs whose messages are to be loaded",
        ),
        th.Property(
            "page_size",
            th.IntegerType(minimum=1, maximum=10_000),
            default=5000,
            description="Messages in an answer, at most",
        ),
    ).to_dict()

    def discover_streams(self) -> list[Messages]:
        """The one stream."""
        return [Messages(self)]
