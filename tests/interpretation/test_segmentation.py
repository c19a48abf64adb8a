"""Segmentation by the public weights: torch and OpenVINO agree, and objects are what is to be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from resight.errors import ModelError
from resight.interpretation.ade20k import name_of
from resight.interpretation.segmentation import deeplab, deeplab_in_torch, nearest, objects_of, sides
from resight.io import images


@pytest.fixture(scope="module")
def weights(shared: Path) -> Path:
    return shared / "weights" / "deeplabv3plus_mnv2_ade20k.safetensors"


def test_torch_and_openvino_agree(weights: Path, known_photos: dict[str, Any], tmp_path: Path) -> None:
    """Of a rocket before the sky, on 97 % of pixels at least."""
    photo = known_photos["rocket"]
    segmenter = deeplab(weights, tmp_path)
    found = objects_of(segmenter, photo, shape=(60, 90), long_side=257)
    assert name_of(int(np.bincount(found.ravel()).argmax()), "annotations") == "sky"
    small = images.resize(photo, sides(photo.shape[1], photo.shape[0], long_side=257))
    with torch.inference_mode():
        scores = deeplab_in_torch(weights)(torch.from_numpy(small[None].astype(np.float32)))[0].numpy()
    assert (segmenter.run(small[None])[0].argmax(axis=0) == scores.argmax(axis=0)).mean() > 0.97
    assert deeplab(weights, tmp_path) is not segmenter  # the second comes from the file
    assert len([*tmp_path.glob("*.bin")]) == 1


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No such file.*check the path"):
        deeplab(tmp_path / "none.safetensors", tmp_path)


def test_sides_have_cells_on_the_last_pixel() -> None:
    assert sides(320, 180) == (513, 289)
    assert sides(1000, 3000) == (169, 513)
    assert sides(1, 5000) == (9, 513)


def test_labels_have_no_mean() -> None:
    labels = np.array([[1, 9], [3, 7]], np.uint8)
    assert nearest(labels, (4, 4)).tolist() == np.kron(labels, np.ones((2, 2), np.uint8)).tolist()
    assert nearest(np.kron(labels, np.ones((3, 3), np.uint8)), (2, 2)).tolist() == labels.tolist()
