"""Every part that `python -m bench.parts` switches off is still where it looks for it."""

import subprocess
import sys

SWITCH = "from bench.switched import SWITCHES\nfor switch in SWITCHES.values(): switch()"


def test_every_part_is_found() -> None:
    subprocess.run([sys.executable, "-c", SWITCH], check=True)  # they stay off in that process
