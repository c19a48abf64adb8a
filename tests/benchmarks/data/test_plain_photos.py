"""Plain photos show nothing that has an end, and each gallery of ordinary things has its placeholder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data import plain_photos
from data.plain_photos import BLANK, PLACEHOLDERS, PLAIN, TRIES, ordinary_galleries, plain_files, plain_photo
from PIL import Image

from resight.io import images


@pytest.mark.parametrize("kind", PLAIN)
def test_most_neighbours_are_alike(kind: str) -> None:
    photo = plain_photo(kind, 0)
    assert photo.dtype == np.uint8
    steps = np.abs(np.diff(photo.astype(int), axis=1)).max(axis=2)
    assert np.quantile(steps, 0.9) < 20
    assert np.array_equal(photo, plain_photo(kind, 0))


def test_files_are_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_photos, "PLAIN", {name: PLAIN[name] for name in ("white", "dark")})
    paths = plain_files(tmp_path)
    assert [path.name for path in paths] == [f"{kind}-{n}.jpg" for kind in ("white", "dark") for n in range(TRIES)]
    paths[0].write_bytes(b"kept")
    assert plain_files(tmp_path) == paths
    assert paths[0].read_bytes() == b"kept"


def test_a_placeholder_is_one_colour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def thing(rng: np.random.Generator, count: int) -> dict[str, Image.Image]:
        return {f"{rng.integers(99)}": Image.new("RGB", (60, 40), "red")}

    monkeypatch.setattr(plain_photos, "DESIGNS", {"toy": thing, "game": thing})
    galleries = ordinary_galleries(tmp_path)
    things = {name: sorted(path.name for path in folder.iterdir()) for name, folder in galleries.items()}
    assert [len(names) for names in things.values()] == [2, 1, *(3 for _ in PLACEHOLDERS)]
    for colour, rgb in PLACEHOLDERS.items():
        (file,) = (galleries[f"with a {colour} placeholder"] / BLANK).iterdir()
        assert (images.read(file).image == rgb).all()
