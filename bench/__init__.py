"""Measured comparisons: `python -m bench`.

    ledger -> server -> load -> comparison -> report

What both engines are measured by is in pages.py; what only one is, in its folder.
"""
