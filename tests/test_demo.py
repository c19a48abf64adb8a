"""The demo: what is known, what is asked, what must stay unknown, and how its commands are spelled."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from typer.main import get_command

from resight.cli.app import app

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "demo.py"


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def photos(demo: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "photos"
    written = demo.write_photos(folder)
    assert sorted(written) == sorted(path for path in folder.rglob("*") if path.is_file())
    return folder


def labels(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_each_known_thing_has_one_reference_and_at_least_one_view(photos: Path) -> None:
    references = [path.relative_to(photos).as_posix() for path in sorted((photos / "reference").glob("*/*"))]
    assert len(references) == 12
    assert references == [f"reference/{name}/{name}.jpg" for name in sorted(labels(photos / "reference"))]
    assert labels(photos / "query") == labels(photos / "reference")


def test_each_view_is_asked_of_each_thing_but_the_motorcycle_which_has_a_true_second_photo(photos: Path) -> None:
    views = ("blur", "crop", "jpeg", "light", "perspective")
    for name in sorted(labels(photos / "query")):
        expected = ("right",) if name == "motorcycle" else views
        assert [path.stem for path in sorted((photos / "query" / name).iterdir())] == [f"{name}-{v}" for v in expected]
    assert len(list((photos / "query").glob("*/*"))) == 11 * 5 + 1
    assert len(list((photos / "distractor").glob("*/*"))) == 5 * 5


def test_no_unknown_thing_is_among_the_references(demo: ModuleType, photos: Path) -> None:
    assert labels(photos / "distractor").isdisjoint(labels(photos / "reference"))
    assert set(demo.KNOWN.values()).isdisjoint(demo.UNKNOWN.values())


def test_every_photo_is_a_whole_upright_rgb_jpeg(photos: Path) -> None:
    for path in photos.glob("*/*/*"):
        with Image.open(path) as photo:
            photo.load()
            assert (photo.format, photo.mode) == ("JPEG", "RGB")
            assert min(photo.size) > 80
            assert np.asarray(photo).std() > 5, f"{path.name} shows nothing"


@pytest.mark.parametrize(("seed", "changed"), [(0, set()), (1, {"blur", "crop", "jpeg", "light", "perspective"})])
def test_a_seed_decides_every_view(
    demo: ModuleType, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, changed: set[str]
) -> None:
    monkeypatch.setattr(demo, "KNOWN", {"astronaut": demo.KNOWN["astronaut"]})  # the first: its draws come first
    monkeypatch.setattr(demo, "UNKNOWN", {})
    again = demo.write_photos(tmp_path, seed=seed)
    different = {path for path in again if path.read_bytes() != (photos / path.relative_to(tmp_path)).read_bytes()}
    assert {path.stem.removeprefix("astronaut-") for path in different} == changed


def test_projection_takes_each_point_to_its_image(demo: ModuleType) -> None:
    points = np.array([(3.0, 5.0), (90.0, 8.0), (80.0, 70.0), (10.0, 60.0)])
    images = np.array([(0.0, 0.0), (100.0, 0.0), (100.0, 80.0), (0.0, 80.0)])
    a, b, c, d, e, f, g, h = demo.projection(points, images)
    for (x, y), image in zip(points, images, strict=True):
        w = g * x + h * y + 1
        assert ((a * x + b * y + c) / w, (d * x + e * y + f) / w) == pytest.approx(tuple(image), abs=1e-9)


def test_perspective_shows_the_photo_s_corners_within_the_frame(demo: ModuleType) -> None:
    photo = Image.new("RGB", (200, 100), (255, 0, 0))
    seen = np.asarray(demo.perspective(photo, np.random.default_rng(0)))
    assert seen.shape == (100, 200, 3)
    assert tuple(seen[50, 100]) == (255, 0, 0)
    assert {tuple(seen[y, x]) for y in (0, -1) for x in (0, -1)} == {demo.GREY}


def test_its_commands_are_spelled_as_help_spells_them(
    demo: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(demo, "REPOSITORY", tmp_path)
    monkeypatch.setattr(demo, "write_photos", lambda folder: [])
    monkeypatch.setattr(demo, "resight", lambda *arguments: asked.append(arguments))
    demo.main()
    assert [name for name, *_ in asked] == ["index", "recognise", "recognise", "recognise", "evaluate"]
    group = get_command(app)
    for name, *options in asked:
        command = group.commands[name]  # type: ignore[attr-defined]
        with command.make_context(name, list(options)) as context:
            spelled = {word for each in context.command.params for word in each.opts}
        assert {word for word in options if word.startswith("-")} <= spelled
