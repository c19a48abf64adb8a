"""A user's folder of photos, and an encoder to start from."""

from __future__ import annotations

from collections.abc import Iterator
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


@pytest.fixture(scope="module")
def _small_house_is_known() -> Iterator[None]:
    pytest.importorskip("torch")
    from resight.nn.networks.architectures import ARCHITECTURES
    from tests.training.small_house import NAME, PLAN

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ARCHITECTURES, NAME, PLAN)
        yield


@pytest.fixture(scope="module")
def untrained(_small_house_is_known: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of a small house network with random weights, for small photos."""
    from tests.training.small_house import CHANNELS, NAME, PLAN, small_house

    card = ModelCard(
        name="untrained",
        architecture=NAME,
        cut="context",
        channels=CHANNELS,
        stride=16,
        preprocess=Preprocess(long_side=96, mean=PLAN.mean, std=PLAN.std),
    )
    folder = tmp_path_factory.mktemp("start") / "untrained"
    model_conversion.package(small_house(), folder, card=card)
    return folder
