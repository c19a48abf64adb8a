"""A user's folder of photos, and an encoder to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.io import images
from resight.io.model_card import ModelCard
from resight.training import model_conversion
from resight.types import Preprocess

PAIRED = ("astronaut", "brick", "camera", "chelsea", "coffee", "grass")
SINGLE = ("moon", "rocket")


@pytest.fixture(scope="session")
def things(tmp_path_factory: pytest.TempPathFactory, known_photos: dict[str, Any]) -> Path:
    """Six things with three photos each, the halves and the middle of one; two with one; and a file that is none."""
    folder = tmp_path_factory.mktemp("things")
    for name in (*PAIRED, *SINGLE):
        photo = images.resize(known_photos[name], (240, 240))
        parts = (photo[:170, :170], photo[70:, 70:], photo[35:205, 35:205])
        for number, part in enumerate(parts if name in PAIRED else (photo,)):
            file = folder / name / f"{number}.jpg"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(images.encode(np.ascontiguousarray(part), ".jpg"))
    (folder / "moon" / "broken.jpg").write_bytes(b"no photo at all")
    return folder


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of a house network with random weights, for small photos."""
    pytest.importorskip("torch")
    from resight.nn.backbones.house import house
    from resight.nn.networks.architectures import IMAGENET

    mean, std = IMAGENET
    card = ModelCard(
        name="untrained",
        architecture="house",
        cut="context",
        channels=512,
        stride=16,
        preprocess=Preprocess(long_side=96, mean=mean, std=std),
    )
    folder = tmp_path_factory.mktemp("start") / "untrained"
    model_conversion.package(house(), folder, card=card)
    return folder
