"""Back up a ledger once for each line of the code that writes the copy, and be killed at it.

    dying_backup.py URL TARGET

After each death there is no file under the final name, or a marked one. Each backup finds what the
one before has left, and the last is not killed. Prints the number of deaths. A process of its own,
because it forks.
"""

import os
import signal
import sys
import threading
from contextlib import closing
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import apsw

from smsledger.cli import operate
from smsledger.store import sqlite

WATCHED = {
    (operate.__file__, "backup"),
    (operate.__file__, "_sync"),
    (sqlite.__file__, "_copy"),
}


def die_at_line(number: int) -> None:
    """Kill this process as it comes to the `number`-th line that it runs of what is watched."""
    lines = count(1)

    def at_line(_frame: object, event: str, _argument: object) -> Any:
        if event == "line" and next(lines) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return at_line

    def at_call(frame: FrameType, *_: object) -> Any:
        code = frame.f_code
        return at_line if (code.co_filename, code.co_name) in WATCHED else None

    threading.settrace(at_call)
    sys.settrace(at_call)


def dies(url: str, target: Path, number: int) -> bool:
    child = os.fork()
    if not child:
        die_at_line(number)
        operate.backup(target, url)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), f"line {number}: {status}"
    return status != 0


def is_marked(file: Path) -> bool:
    with closing(apsw.Connection(str(file))) as copy:
        return copy.execute("SELECT backup_at FROM ledger").get is not None


def main(url: str, path: str) -> None:
    target = Path(path)
    for number in count(1):
        died = dies(url, target, number)
        assert died or target.exists()
        if target.exists():
            assert is_marked(target), f"killed at line {number}"
        if not died:
            break
        target.unlink(missing_ok=True)
    assert [file.name for file in target.parent.glob(f"{target.name}*")] == [target.name]
    sys.stdout.write(f"{number - 1}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
