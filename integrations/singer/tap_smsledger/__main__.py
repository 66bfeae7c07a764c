"""`python -m tap_smsledger` is the executable tap-smsledger."""

from tap_smsledger.tap import TapSmsledger

TapSmsledger.cli()
