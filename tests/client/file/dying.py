"""Export to a file once for each line of what writes its files, and be killed at it.

    dying.py URL DIRECTORY SUFFIX streamed|paged

There is an earlier file with its manifest. After each death a manifest that is there is that of
the file; then the same export is run again, and its file must equal that of an export that was
left alone. Prints the number of deaths. A process of its own, because it forks.
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from smsledger.client.file import checkpoint, durable, files, manifest, partial, verification
from smsledger.client.file.export import Export
from smsledger.client.file.report import Report
from smsledger.client.http.request import ExportRequest
from smsledger.client.http.wire import Wire

WATCHED = {module.__file__ for module in (partial, checkpoint, durable, manifest)}


def make_request(url: str) -> ExportRequest:
    return ExportRequest(
        base=url,
        program_id=121811,
        user="etl",
        start="2014-12-01T00:00:00",
        end="2014-12-31T23:59:59",
        filters=(("pageSize", "2"),),
    )


def export(wire: Wire, url: str, output: Path, paged: bool) -> None:
    report = Report(quiet=True)
    Export(make_request(url), output, files.layout(output), wire, report, paged=paged).run()


def die_at_line(number: int) -> None:
    """Kill this process as it comes to the `number`-th line that it runs in the watched files."""
    lines = count(1)

    def at_line(_frame: object, event: str, _argument: object) -> Any:
        if event == "line" and next(lines) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return at_line

    sys.settrace(lambda frame, *_: at_line if frame.f_code.co_filename in WATCHED else None)


def dies(wire: Wire, url: str, output: Path, paged: bool, number: int) -> bool:
    child = os.fork()
    if not child:
        die_at_line(number)
        export(wire, url, output, paged)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def put_an_earlier_file(output: Path, undisturbed: Path) -> None:
    output.write_bytes(b"earlier")
    size, sha256 = manifest.measure(output)
    proved = msgspec.structs.replace(manifest.load(undisturbed), bytes=size, sha256=sha256)
    durable.write(manifest.path_of(output), msgspec.json.encode(proved))


def main(url: str, directory: str, suffix: str, way: str) -> None:
    partial.CHECKPOINT_SECONDS = 0
    paged = way == "paged"
    # Two wires: a connection of the parent's must not be spoken on by a child.
    wire, childs_wire = (Wire(url, "etl", os.environ["SMSLEDGER_SECRET"]) for _ in range(2))
    undisturbed, output = (Path(directory) / f"{name}.{suffix}" for name in ("undisturbed", "out"))
    export(wire, url, undisturbed, paged)
    for number in count(1):
        put_an_earlier_file(output, undisturbed)
        died = dies(childs_wire, url, output, paged, number)
        if manifest.path_of(output).exists():
            told = verification.differences(output)
            assert not any("bytes" in each or "sha256" in each for each in told), (
                f"{number}: {told}"
            )
        if died:
            export(wire, url, output, paged)
        assert output.read_bytes() == undisturbed.read_bytes(), f"killed at line {number}"
        assert verification.differences(output) == (), f"killed at line {number}"
        if not died:
            sys.stdout.write(f"{number - 1}\n")
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
