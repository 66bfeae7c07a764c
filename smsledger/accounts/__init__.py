"""Who may use a ledger: programs and credentials as they are set up, secrets, invitations."""
