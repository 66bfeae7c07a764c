"""Export to a file once for each line in partial.py and checkpoint.py, and be killed at it.

    dying.py URL DIRECTORY SUFFIX

After each death the same export is run again; its file must equal that of an export that was
left alone. Prints the number of deaths. A process of its own, because it forks.
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path

from smsledger.client import checkpoint, files, partial
from smsledger.client.export import Export
from smsledger.client.report import Report
from smsledger.client.request import ExportRequest
from smsledger.client.wire import Wire

WATCHED = {partial.__file__, checkpoint.__file__}


def make_request(url):
    return ExportRequest(
        base=url,
        program_id=121811,
        user="etl",
        start="2014-12-01T00:00:00",
        end="2014-12-31T23:59:59",
        filters=(("pageSize", "2"),),
    )


def export(wire, url, output):
    Export(make_request(url), output, files.layout(output), wire, Report(quiet=True)).run()


def die_at_line(number):
    """Kill this process as it comes to the `number`-th line that it runs in the watched files."""
    lines = count(1)

    def at_line(_frame, event, _argument):
        if event == "line" and next(lines) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return at_line

    sys.settrace(lambda frame, *_: at_line if frame.f_code.co_filename in WATCHED else None)


def dies(wire, url, output, number):
    child = os.fork()
    if not child:
        die_at_line(number)
        export(wire, url, output)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def main(url, directory, suffix):
    partial.CHECKPOINT_SECONDS = 0
    # Two wires: a connection of the parent's must not be spoken on by a child.
    wire, childs_wire = (Wire(url, "etl", os.environ["SMSLEDGER_SECRET"]) for _ in range(2))
    undisturbed, output = (Path(directory) / f"{name}.{suffix}" for name in ("undisturbed", "out"))
    export(wire, url, undisturbed)
    for number in count(1):
        output.unlink(missing_ok=True)
        died = dies(childs_wire, url, output, number)
        if died and not output.exists():
            export(wire, url, output)
        assert output.read_bytes() == undisturbed.read_bytes(), f"killed at line {number}"
        if not died:
            sys.stdout.write(f"{number - 1}\n")
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
