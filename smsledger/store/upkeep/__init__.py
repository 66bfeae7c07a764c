"""Operations off the path of messages and pages, written once for both engines.

They read and erase what the ledger holds, and keep its logs, consent and counts.
"""
