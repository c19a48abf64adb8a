"""A small gallery of real photographs, commands run in this process or in one of their own, and golden files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from resight.calibration import self_queries
from resight.cli import main

REPOSITORY = Path(__file__).resolve().parent.parent.parent
RENEW = "RESIGHT_RENEW"
"""Set in the environment, golden files are written anew instead of compared; look at what git says of them then."""

NASTY = "Ζωή\n\x1b[31m[bold]red"
"""A name with a line's end, an escape sequence and markup."""
SHOWN = "Ζωή\\n\\x1b[31m[bold]red"
"""The same name as it may stand on a terminal."""


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON, line by line."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """``run("index", folder, …)`` in this process."""

    def command(*arguments: object) -> Result:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Result(status, *capsys.readouterr())

    return command


@pytest.fixture
def shell(home: Path) -> Run:
    """``shell("index", folder, …, input=b"")`` in a process of its own, where warnings are errors.

    ``script`` is run instead of resight, ``environment`` is added, and the rest is for ``subprocess.run``.
    """

    def command(
        *arguments: object, script: Path | None = None, environment: Mapping[str, str] | None = None, **options: Any
    ) -> Result:
        around = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(REPOSITORY), **(environment or {})}
        what = ["-m", "resight"] if script is None else [str(script)]
        line = [sys.executable, "-W", "error", *what, *map(str, arguments)]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 300, **options}
        done = subprocess.run(line, env=around, check=False, **options)
        return Result(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())

    return command


@pytest.fixture(scope="session")
def museum(known_photos: dict[str, npt.NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set, only to be read: two photos each of two things, one query of each, and a distractor."""
    folder = tmp_path_factory.mktemp("cli") / "museum"
    for label, photo in (("coffee", "coffee"), (NASTY, "astronaut")):
        pixels = known_photos[photo]
        _save(pixels, folder / "reference" / label / "whole.jpg")
        _save(pixels[20:, 30:], folder / "reference" / label / "part.jpg")
        _save(pixels[:-50, :-60], folder / "query" / label / f"{photo}.jpg")
    _save(known_photos["grass"], folder / "distractor" / "grass.jpg")
    return folder


def _save(pixels: npt.NDArray[np.uint8], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=90)


@pytest.fixture(scope="session")
def indexed(museum: Path) -> Path:
    """A gallery of the museum, only to be read."""
    path = museum.parent / "known.gallery"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(self_queries, "FEW", 1)  # one view of each is asked about, which is enough to know them
        assert main(["index", str(museum), "-g", str(path)]) == 0
    return path


@pytest.fixture
def gallery(indexed: Path, tmp_path: Path) -> Path:
    """A gallery of the museum, to do with as one likes."""
    return Path(shutil.copy(indexed, tmp_path / "known.gallery"))


@pytest.fixture
def query(museum: Path) -> Path:
    return museum / "query" / "coffee" / "coffee.jpg"


def shape(value: Any, depth: int = 9) -> Any:
    """A JSON value without its content: the kinds of what is in it, of a list the kind of its first."""
    if depth == 0:
        return "…"
    if isinstance(value, dict):
        return {key: shape(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item, depth - 1) for item in value[:1]]
    kinds = {bool: "boolean", str: "string", int: "number", float: "number", type(None): "null"}
    return kinds[type(value)]


Golden = Callable[[str, Any], None]


@pytest.fixture
def golden() -> Golden:
    """``golden(name, found)`` compares a JSON value with the one under that name in tests/golden/output.json."""
    path = REPOSITORY / "tests" / "golden" / "output.json"

    def compare(name: str, found: Any) -> None:
        written = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if os.environ.get(RENEW):
            text = json.dumps({**written, name: found}, indent=2, sort_keys=False)
            path.write_text(f"{text}\n", encoding="utf-8")
            return
        assert found == written.get(name), f"the JSON of {name} has changed; if it was meant to, run with {RENEW}=1"

    return compare
