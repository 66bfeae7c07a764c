"""The real Kannel, between a handset and the ledger."""
