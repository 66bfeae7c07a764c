"""Measured comparisons: `python -m bench`.

    ledger -> server -> load -> comparison -> report

What both engines are measured by is in pages.py and whole.py; what only one is, in its folder.
"""
