"""What keeps a ledger in order and shows its state, written once for both engines."""
