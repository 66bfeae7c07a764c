"""The store: one protocol, an engine behind it."""
