"""Builds beside each other, on a tree that holds a package that only pretends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from data.packs import REPOSITORY
from systems.builds import FORMER, NOW, Build, builds

from resight.errors import ResightError

PRETENDING = """
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace


class Recogniser:
    extractions = 0

    def extract(self, photo):
        Recogniser.extractions += 1

    def recognise(self, photo, keep_evidence):
        told = dict.fromkeys(("probability", "unknown_probability", "runner_up", "sentence", "more"), 1)
        return SimpleNamespace(either=("a", "b"), to_dict=lambda: {"instance": photo, **told})


def evaluate(root, gallery, **options):
    Recogniser().extract(SimpleNamespace(digest=root.encode()))
    return SimpleNamespace(to_dict=lambda: {"extractions": Recogniser.extractions, **options})


def index(roots, gallery):
    Path(gallery).write_text(" ".join(roots))


def open(gallery):
    return nullcontext(Recogniser())
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    package = tmp_path / "tree" / "resight"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(PRETENDING)
    return package.parent


def test_the_tree_s_own_package_is_asked(tree: Path, tmp_path: Path) -> None:
    build = Build(FORMER, Path(sys.executable), tree)
    assert Path(build.ask("where")) == tree / "resight"
    assert build.ask("index", roots=["a", "b"], gallery=str(tmp_path / "g")) is None
    assert (tmp_path / "g").read_text() == "a b"
    (answer,) = build.ask("recognise", gallery="g", photos=["one"])
    assert (answer["instance"], answer["either"]) == ("one", ["a", "b"])
    assert "more" not in answer
    assert len(build.ask("seconds", gallery="g", photos=["one", "two", "three"], warm=1)) == 2
    assert not list(tree.rglob("*.pyc"))


def test_photos_are_extracted_once_for_all_settings(tree: Path) -> None:
    build = Build(FORMER, Path(sys.executable), tree)
    settings = [{}, {"unknown_share": 0.5}]
    assert build.ask("evaluate", root="r", gallery="g", settings=settings) == [
        {"extractions": 1},
        {"extractions": 1, "unknown_share": 0.5},
    ]


def test_its_digest_follows_every_file_of_the_package(tree: Path) -> None:
    def digest() -> str:
        return Build(FORMER, Path(sys.executable), tree).digest

    first = digest()
    (tree / "resight" / "weights.bin").write_bytes(b"1")
    second = digest()
    (tree / "resight" / "weights.bin").write_bytes(b"2")
    assert len({first, second, digest()}) == 3


def test_a_failing_process_is_an_error(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ResightError, match=r"the former build .* was asked to evaluate and ended with status 1"):
        Build(FORMER, Path(sys.executable), tree).ask("evaluate", nothing=1)
    assert "TypeError" in capfd.readouterr().err


def test_a_build_is_a_tree_or_an_interpreter(tree: Path, tmp_path: Path) -> None:
    (alone,) = builds(None)
    assert (alone.name, alone.tree) == (NOW, REPOSITORY)
    former, now = builds(tree)
    assert (former.name, former.tree, now) == (FORMER, tree, alone)
    assert builds(Path(sys.executable))[0] == Build(FORMER, Path(sys.executable).absolute())
    for wrong in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ResightError, match="no build"):
            builds(wrong)
