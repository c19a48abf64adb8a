"""Kill indexing again and again, and count what is lost: nothing, or the exit status is 1.

    python benchmarks/kill_indexing.py FOLDER --kills 50

Each run is killed (SIGKILL) at a random moment, and the next goes on with the gallery that it left. After every kill
the gallery must open, be sound and hold every photo that was acknowledged. Once a kill has hit the calibration, where
no photo is left to lose, the next run ends undisturbed, and must have made the gallery that a run makes which nobody
disturbs; then a new gallery is begun.
"""

from __future__ import annotations

import argparse
import hashlib
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from running.progress import meter, note
from running.table import table

from resight.errors import ResightError
from resight.gallery.stores.opening import open_gallery

STAGES: Final = ("start", "photos", "calibration")
"""Where a run can be killed: before the first photo is acknowledged, while photos are, and afterwards."""

INDEX: Final = """
import sys
from resight.indexing.index import iter_index
added = 0
for step in iter_index(sys.argv[1], sys.argv[2]):
    added = getattr(step, "added", added)
    print(step.stage, added, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Killed:
    """One kill: the ``stage`` it hit, photos ``acknowledged`` by then, those of them ``lost``, and any ``fault``."""

    stage: str
    acknowledged: int
    lost: int
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that ended before its kill: what its gallery has different from an undisturbed one, "" for nothing."""

    fault: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run said of itself until it ended or was killed."""

    stage: str
    added: int
    status: int | None


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        started = time.monotonic()
        whole = Path(scratch) / "whole.gallery"
        if (run := index(arguments.folder, whole)).status:
            raise SystemExit(f"indexing {arguments.folder} fails even when nobody kills it: status {run.status}")
        seconds = time.monotonic() - started
        note(f"undisturbed, {arguments.folder} takes {seconds:.1f} s")
        rng = np.random.default_rng(arguments.seed)
        outcomes = list(strike(arguments.folder, Path(scratch), whole, arguments.kills, rng, seconds=seconds))
    sys.stdout.write(summary(outcomes))
    if any(one.fault or (isinstance(one, Killed) and one.lost) for one in outcomes):
        raise SystemExit(1)


def _arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", metavar="FOLDER", help="photos to index, one sub-folder per thing")
    options.add_argument("--kills", type=int, default=50, metavar="N", help="how many (50)")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments (0)")
    return options.parse_args()


def strike(
    folder: str, scratch: Path, whole: Path, kills: int, rng: np.random.Generator, *, seconds: float
) -> Iterator[Killed | Finished]:
    """Kill that many runs, each within ``seconds`` of its start; the last gallery is made whole at the end."""
    tell, done, galleries = meter("kills"), 0, 0
    held: frozenset[str] = frozenset()
    stage = "start"
    path = scratch / "0.gallery"
    while done < kills or held:
        patience = rng.uniform(0, seconds) if done < kills and stage != "calibration" else None
        run = index(folder, path, patience=patience)
        stage = run.stage
        if run.status is None:
            outcome, held = look(path, run, held)
            done += 1
            tell(done, kills)
            yield outcome
        else:
            yield Finished(f"status {run.status}" if run.status else difference(path, whole))
            galleries += 1
            held, stage, path = frozenset(), "start", scratch / f"{galleries}.gallery"


def index(folder: str, path: Path, *, patience: float | None = None) -> Run:
    """Index in a process of its own, which is killed when it takes more than ``patience`` seconds."""
    command = [sys.executable, "-c", INDEX, folder, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            said, status = child.communicate(timeout=patience)[0], child.returncode
        except subprocess.TimeoutExpired:
            child.kill()
            said, status = child.communicate()[0], None
    # A line without its end was cut off in the pipe.
    lines = [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]
    stage, added = lines[-1] if lines else ("start", "0")
    return Run(stage, int(added), status)


def look(path: Path, run: Run, before: frozenset[str]) -> tuple[Killed, frozenset[str]]:
    """What a kill has cost, and the photos that the gallery holds now; ``before`` it held others."""
    acknowledged = len(before) + run.added
    try:
        held = _held(path)
    except ResightError as error:
        return Killed(run.stage, acknowledged, 0, str(error)), before
    lost = max(len(before - held), acknowledged - len(held))
    return Killed(run.stage, acknowledged, lost), held


def _held(path: Path) -> frozenset[str]:
    """Paths of the photos of a gallery, after a thorough check; none where it was not yet made."""
    if not path.exists():
        return frozenset()
    with open_gallery(path) as gallery:
        gallery.check()
        return frozenset(item.photo for item in gallery.items())


def difference(path: Path, whole: Path) -> str:
    """The tables in which two galleries differ, but for who made them and when."""
    found, wanted = _digests(path), _digests(whole)
    return ", ".join(sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name)))


def _digests(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: _digest(connection, name) for name in names}


def _digest(connection: sqlite3.Connection, name: str) -> str:
    digest = hashlib.blake2b()
    which = " WHERE key NOT IN ('created', 'created_by', 'identity')" if name == "meta" else ""
    for row in connection.execute(f"SELECT * FROM {name}{which} ORDER BY 1, 2"):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def summary(outcomes: list[Killed | Finished]) -> str:
    """A table of the kills by stage, a line about the galleries that came of them, and whatever was wrong."""
    kills = [one for one in outcomes if isinstance(one, Killed)]
    finished = [one for one in outcomes if isinstance(one, Finished)]
    rows = [_row(stage, [one for one in kills if one.stage == stage]) for stage in STAGES]
    same = sum(not one.fault for one in finished)
    faults = [f"- {one.fault}\n" for one in outcomes if one.fault]
    return "".join([
        table(("killed while", "kills", "photos acknowledged", "photos lost", "damaged"), [*rows, _row("all", kills)]),
        f"\n{same} of {len(finished)} galleries finished in the end are those of a run that nobody disturbed.\n",
        *faults,
    ])  # fmt: skip


def _row(name: str, kills: list[Killed]) -> tuple[str, str, str, str, str]:
    acknowledged, lost = sum(one.acknowledged for one in kills), sum(one.lost for one in kills)
    damaged = sum(bool(one.fault) for one in kills)
    return name, str(len(kills)), f"{acknowledged:,}", f"{lost:,}", str(damaged)


if __name__ == "__main__":
    main()
