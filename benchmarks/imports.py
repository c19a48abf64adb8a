"""How long commands take to load what they need, and what each library adds to that.

    python benchmarks/imports.py --output imports.md --json imports.json

Each line is imported by fresh interpreters, all lines in turn, and the median is told of the time on the clock and of
the processor time, which says more where something else runs on the machine. A library is imported after NumPy, which
every command needs but `--help`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

import numpy as np
from running.command import Report, launch, parser
from running.table import table

COMMANDS: Final = {
    "`resight --help`": "import resight.cli.app",
    "`resight recognise`": "import resight.cli.app, resight.cli.commands.recognise, resight.recognition.recogniser",
    "`resight evaluate`": (
        "import resight.cli.app, resight.cli.commands.evaluate, resight.evaluation.evaluate, scipy.stats"
    ),
    "`Recogniser` in Python": "import resight.recognition.recogniser",
}
"""What runs before a command does anything; OpenVINO is loaded where a gallery has an encoder that needs it, and
pydantic by Typer itself, from 0.29 on, where a command has arguments."""

LIBRARIES: Final = {
    "OpenCV": "cv2",
    "faiss": "faiss",
    "OpenVINO": "openvino",
    "SciPy's statistics": "scipy.stats",
    "Jinja2": "jinja2",
    "pydantic": "pydantic.dataclasses",
    "matplotlib": "matplotlib.figure",
}

ROUNDS: Final = 9

TIMED: Final = """
import json, time
clock, processor = time.perf_counter(), time.process_time()
{line}
print(json.dumps([time.perf_counter() - clock, time.process_time() - processor]))
"""


def main(arguments: argparse.Namespace) -> Report:
    """The tables of commands and of libraries."""
    lines = [*COMMANDS.values(), "import numpy", *(f"import numpy, {module}" for module in LIBRARIES.values())]
    rounds = 1 if arguments.quick else ROUNDS
    taken = [[seconds(line) for line in lines] for _ in range(rounds)]
    medians = dict(zip(lines, np.median(taken, axis=0).tolist(), strict=True))
    taken_by = {line: [row[number] for row in taken] for number, line in enumerate(lines)}
    return Report(f"{_commands(medians)}\n{_libraries(medians)}", {"seconds": taken_by})


def seconds(line: str) -> tuple[float, float]:
    """On the clock, and of the processor, of a fresh interpreter that runs a line."""
    command = [sys.executable, "-c", TIMED.format(line=line)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    clock, processor = json.loads(done.stdout)
    return clock, processor


def _commands(medians: dict[str, list[float]]) -> str:
    rows = ((name, *_told(*medians[line])) for name, line in COMMANDS.items())
    return f"### Before a command begins\n\n{table(('', 'ms', 'processor ms'), rows)}"


def _libraries(medians: dict[str, list[float]]) -> str:
    return f"### A library, after NumPy\n\n{table(('', 'ms', 'processor ms'), _library_rows(medians))}"


def _library_rows(medians: dict[str, list[float]]) -> Iterator[tuple[str, ...]]:
    alone = medians["import numpy"]
    yield "NumPy itself", *_told(*alone)
    for name, module in LIBRARIES.items():
        whole = medians[f"import numpy, {module}"]
        yield name, *_told(*(with_it - without for with_it, without in zip(whole, alone, strict=True)))


def _told(clock: float, processor: float) -> tuple[str, str]:
    return f"{1000 * clock:.0f}", f"{1000 * processor:.0f}"


if __name__ == "__main__":
    launch(parser(__doc__), main)
