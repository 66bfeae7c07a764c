"""A table in a database, filled from a ledger and kept up to date."""
