"""What the README tells people to type is typed here."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import resight
from resight.cli import main
from resight.io import images
from tests.galleries import quick, seen_again

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
FINDING = (REPOSITORY / "docs" / "finding.md").read_text(encoding="utf-8")
PYTHON = (REPOSITORY / "docs" / "python.md").read_text(encoding="utf-8")
EXPLAINING = (REPOSITORY / "docs" / "explaining.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```([\w ]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def quickly(few_rounds: None) -> Iterator[None]:
    with quick():
        yield


def blocks(language: str, page: str = README) -> Iterator[str]:
    """The fenced blocks of a language in a page; "" for those that name none."""
    return (text for name, text in BLOCK.findall(page) if name == language)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, known_photos: dict[str, Any]) -> Path:
    """The README's example folder: its names, with other photos under them."""
    folder = tmp_path_factory.mktemp("readme")
    photos = iter(known_photos[name] for name in ("astronaut", "coffee", "chelsea"))
    for line in "".join(blocks("")).splitlines():
        if line.startswith("photos/"):
            path = folder / Path(line).with_suffix(".jpg")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(images.encode(next(photos), ".jpg"))
    (folder / "new.jpg").write_bytes(images.encode(known_photos["coffee"][40:, 60:], ".jpg"))
    for use, name in (("visitors/Mona Lisa", "astronaut"), ("street", "moon")):
        (folder / use).mkdir(parents=True)
        (folder / use / "IMG_7.jpg").write_bytes(images.encode(seen_again(known_photos[name], 1), ".jpg"))
    return folder


def commands() -> list[list[str]]:
    """The README's `resight` lines that need nothing but photos, and no training."""
    beyond = ("from-weights", "--encoder", "train")
    return [shlex.split(line)[1:] for line in lines() if not any(word in line for word in beyond)]


def lines() -> list[str]:
    """The README's `resight` lines."""
    return [line for block in blocks("") for line in block.splitlines() if line.startswith("resight ")]


def test_the_commands_of_the_readme_work(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(folder)
    assert [command[0] for command in commands()] == ["index", "recognise", "calibrate"]
    for command in commands():
        assert main(command) == 0
    assert "Night Watch" in capsys.readouterr().out
    assert (folder / "why.png").stat().st_size > 10_000


def test_the_training_of_the_readme_works(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its two lines, the training as short as it can be."""
    pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')
    pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "resight[report]"')
    monkeypatch.chdir(tmp_path)
    shutil.copytree(folder / "photos", tmp_path / "photos")
    [train, index] = [shlex.split(line)[1:] for line in lines() if "my-encoder" in line]
    assert main([*train, "--set", "epochs=1", "--set", "steps=1", "--set", "batch=2"]) == 0
    assert "Hardest confusions" in (tmp_path / "my-encoder.html").read_text(encoding="utf-8")
    assert main(index) == 0
    with resight.open(tmp_path / "trained.gallery") as gallery:
        assert "my-encoder" in str(gallery.info())


def test_the_code_of_the_readme_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    if not (folder / "museum.gallery").exists():
        assert main(commands()[0]) == 0
    (code,) = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["answer"].instance == "Night Watch"
    names["museum"].close()


def test_the_code_of_the_page_about_python_works(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(folder / "photos", tmp_path / "photos")
    shutil.copytree(folder / "photos", tmp_path / "museum-set" / "reference")
    shutil.copytree(folder / "photos", tmp_path / "museum-set" / "query")
    shutil.copy(folder / "new.jpg", tmp_path)
    names: dict[str, Any] = {}
    for code in ("import resight", *blocks("python", PYTHON)):
        exec(compile(code, "docs/python.md", "exec"), names)
    assert (names["report"].added, names["answer"].instance) == (3, "Night Watch")
    assert (len(names["result"].leaks), names["result"].without_leaks().figures()) == (3, {})


def test_the_code_and_the_command_of_the_page_about_finding_work(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["index", str(folder / "photos"), "-g", "museum.gallery"]) == 0
    shutil.copy(folder / "new.jpg", tmp_path / "room.jpg")
    (line,) = (line for block in blocks("", FINDING) for line in block.splitlines() if line.startswith("resight "))
    assert main(shlex.split(line)[1:]) == 0
    assert "Night Watch" in capsys.readouterr().out
    assert (tmp_path / "where.png").stat().st_size > 10_000
    names: dict[str, Any] = {}
    for code in ("import resight", *blocks("python", FINDING)):
        exec(compile(code, "docs/finding.md", "exec"), names)
    assert names["thing"].instance == "Night Watch"


def test_the_code_of_the_page_about_explaining_works(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(folder / "photos", tmp_path / "photos")
    shutil.copy(folder / "new.jpg", tmp_path)
    assert main(["index", "photos", "--gallery", "museum.gallery"]) == 0
    names: dict[str, Any] = {}
    for code in blocks("python", EXPLAINING):
        exec(compile(code, "docs/explaining.md", "exec"), names)
    assert names["why"].query.target == names["twin"].query.target == "Night Watch"
    assert Path("why.png").stat().st_size > 10_000


def test_the_code_of_the_page_about_explaining_classifiers_works() -> None:
    pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')
    (code,) = blocks("python torch", EXPLAINING)
    names: dict[str, Any] = {}
    exec(compile(code, "docs/explaining.md", "exec"), names)
    assert names["where"].probabilities.shape == (4, 7)


def test_the_links_of_the_docs_lead_somewhere() -> None:
    pages = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
