"""A self-hosted ledger of SMS messages: gateways in, the Export Messages API out."""

__version__ = "0.1.0"
