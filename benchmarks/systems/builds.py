"""Builds of resight beside each other: each is asked in processes of its own, which import no other."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from data.packs import REPOSITORY

from resight.errors import ResightError

ANSWERING: Final = Path(__file__).with_name("answering.py")
NOW, FORMER = "now", "former"


@dataclass(frozen=True)
class Build:
    """One build.

    Attributes
    ----------
    name : NOW or FORMER.
    python : the interpreter that runs it.
    tree : the folder that holds its package, or None where it is installed for that interpreter.
    """

    name: str
    python: Path
    tree: Path | None = None

    @cached_property
    def digest(self) -> str:
        """Eight digits that change with any file of the package."""
        package, total = Path(self.ask("where")), hashlib.blake2b(digest_size=4)
        for path in sorted(package.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                total.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
        return total.hexdigest()

    def ask(self, do: str, **arguments: Any) -> Any:
        """What `systems.answering` gives for a request; raises ResightError where its process fails."""
        return json.loads(self._run(["-P", str(ANSWERING)], json.dumps({"do": do, **arguments}), f"to {do}"))

    def benchmark(self, script: str, arguments: Sequence[str]) -> None:
        """Run a benchmark that lies in the build's own tree."""
        if self.tree is None:
            raise ResightError(f"the {self.name} build is installed, without its benchmarks; wanted a source tree")
        self._run([str(self.tree / "benchmarks" / script), *arguments], "", f"to run {script}")

    def _run(self, command: Sequence[str], given: str, what: str) -> str:
        # Nothing is written into another tree, and another tree's benchmarks find the same packs.
        packs = os.environ.get("RESIGHT_SHARED") or str(REPOSITORY.parent / "shared")
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "RESIGHT_SHARED": packs}
        environment.pop("PYTHONPATH", None)
        if self.tree is not None:
            environment["PYTHONPATH"] = str(self.tree)
        done = subprocess.run(
            [self.python, *command], input=given, stdout=subprocess.PIPE, text=True, env=environment, check=False
        )
        if done.returncode:
            raise ResightError(
                f"the {self.name} build ({self.tree or self.python}) was asked {what} and ended with status "
                f"{done.returncode}; what it said stands above"
            )
        return done.stdout


def builds(former: Path | None) -> tuple[Build, ...]:
    """The build at hand, after the former one where one is named: a source tree, or an interpreter that has it.

    Raises ResightError for a folder without the package, and for what is not there.
    """
    now = Build(NOW, Path(sys.executable), REPOSITORY)
    if former is None:
        return (now,)
    former = former.absolute()
    if (former / "resight" / "__init__.py").is_file():
        return Build(FORMER, Path(sys.executable), former), now
    if former.is_file() and os.access(former, os.X_OK):
        return Build(FORMER, former), now
    raise ResightError(
        f"{str(former)!r} is no build: it is {'a folder without' if former.is_dir() else 'no folder with'} "
        "resight/__init__.py and no interpreter; wanted a source tree of resight, or the python that has it installed"
    )
