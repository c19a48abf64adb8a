"""Small real photos of a few classes, as Tiny ImageNet has many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from resight.io import images

NAMES = ("brick", "coffee", "grass", "hubble_deep_field", "page")


@pytest.fixture(scope="package")
def data(known_photos: dict[str, npt.NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five classes, each the windows of one photograph: 30 to learn from, 8 to test on."""
    folder = tmp_path_factory.mktemp("tiny")
    rng = np.random.default_rng(0)
    lines = ["file_name,label,split"]
    for name in NAMES:
        photo = images.resize(known_photos[name], (192, 192))
        for number in range(38):
            left, top = rng.integers(0, 128, 2)
            path = folder / f"{name}-{number}.png"
            path.write_bytes(images.encode(photo[top : top + 64, left : left + 64], ".png"))
            lines.append(f"{path.name},{name},{'train' if number < 30 else 'val'}")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
