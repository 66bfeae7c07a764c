"""Every setting, once: an option of `smsledger serve`, and SMSLEDGER_… in the environment."""

import ipaddress
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from smsledger.ledger.consent import OPT_IN_WORDS, OPT_OUT_WORDS, ConsentWords, Rule, parse_words
from smsledger.ledger.mail_address import address_of
from smsledger.ledger.walk import WalkRules

DEFAULT_STORE = "sqlite:///smsledger.db"
DEFAULT_OPT_OUT, DEFAULT_OPT_IN = ",".join(OPT_OUT_WORDS), ",".join(OPT_IN_WORDS)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(text: str) -> str:
    parse_networks(text)
    return text


def _sender(address: str, info: ValidationInfo) -> str:
    return address_of(address) if address or info.data.get("smtp_host") else ""


def _mail_server(host: str, info: ValidationInfo) -> str:
    if host and not info.data.get("public_url"):
        raise ValueError("smtp_host requires public_url: links in invitations begin with it")
    return host


def parse_networks(text: str) -> tuple[Network, ...]:
    """The networks of a comma-separated list of addresses and CIDR blocks.

    Raises:
        ValueError: an item is neither.
    """
    return tuple(ipaddress.ip_network(item.strip()) for item in text.split(",") if item.strip())


def _words(text: str) -> str:
    parse_words(text)
    return text


def _opt_in_words(text: str, info: ValidationInfo) -> str:
    opt_out = parse_words(info.data.get("opt_out_words", DEFAULT_OPT_OUT))
    if both := [word for word in parse_words(text) if word in opt_out]:
        raise ValueError(f"'{both[0]}' is an opt-out word too: remove it from one of the lists")
    return text


class Settings(BaseSettings):
    """What an operator can set; `docs/reference/settings.md` has a heading for each."""

    model_config = SettingsConfigDict(env_prefix="SMSLEDGER_", extra="ignore", frozen=True)

    store: str = Field(
        DEFAULT_STORE,
        description="Where the ledger is: sqlite:///FILE or postgresql://USER@HOST/DATABASE.",
    )
    read_store: str = Field(
        "", description="URL of a replica of a PostgreSQL store, from which pages are read."
    )
    store_connections: int = Field(
        10,
        ge=3,
        le=1000,
        description="Maximum number of PostgreSQL connections per server process.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=256, description="Server processes on the same store.")
    default_window: Literal["retention", "today"] = Field(
        "retention", description="What a walk without dates covers: all that is held, or today."
    )
    default_page_size: Annotated[Literal[50, 100], BeforeValidator(int)] = Field(
        50, description="Messages on a page when the request does not say."
    )
    public_url: AnyHttpUrl | None = Field(
        None, description="Scheme, host and path prefix under which clients reach the server."
    )
    trusted_proxies: Annotated[str, NoDecode, AfterValidator(_networks)] = Field(
        "", description="Addresses or CIDR blocks, comma-separated, whose X-Forwarded-* count."
    )
    retention_days: int = Field(365, ge=1, le=3650, description="Days to keep messages.")
    unrouted_limit: int = Field(100_000, ge=1, description="Maximum number of unrouted messages.")
    opt_out_words: Annotated[str, NoDecode, AfterValidator(_words)] = Field(
        DEFAULT_OPT_OUT,
        description="First words of a message that opt the number out, comma-separated.",
    )
    opt_in_words: Annotated[str, NoDecode, AfterValidator(_opt_in_words)] = Field(
        DEFAULT_OPT_IN,
        validate_default=True,
        description="First words that opt the number in again, in addition to keywords.",
    )
    opt_out_rule: Rule = Field(
        Rule.UNTIL_OPT_IN,
        description="Whether an opt-out holds until an opt-in, or until any later message.",
    )
    export_checks: Literal["off", "on"] = Field(
        "off", description="Whether whole exports compare each message with its check value."
    )
    drain_seconds: float = Field(
        1.0,
        ge=0,
        le=300,
        description="Minimum seconds after SIGTERM in which new requests get 503.",
    )
    smtp_host: Annotated[str, AfterValidator(_mail_server)] = Field(
        "", description="SMTP server for invitations. Without it, none are sent."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="How the connection to it is kept secret."
    )
    smtp_user: str = Field("", description="The user name that it wants, if any.")
    smtp_password: SecretStr = Field(SecretStr(""), description="The user's password.")
    mail_from: Annotated[str, AfterValidator(_sender)] = Field(
        "", validate_default=True, description="The address that invitations come from."
    )

    @property
    def walk_rules(self) -> WalkRules:
        """The rules under which walks begin and go on."""
        return WalkRules(
            window=self.default_window,
            retention_days=self.retention_days,
            page_size=self.default_page_size,
        )

    @property
    def consent_words(self) -> ConsentWords:
        """The words by which messages opt numbers out of a short code and in again."""
        return ConsentWords(
            opt_out=parse_words(self.opt_out_words), opt_in=parse_words(self.opt_in_words)
        )
