"""Sample data: a ledger full of plausible messages."""
