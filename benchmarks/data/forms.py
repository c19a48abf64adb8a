"""Forms in which one encoder's weights can be stored: float32, float16, and int8 in two ways."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from data.packs import photo_of, shared

from resight.errors import ModelError
from resight.io import model_folder
from resight.io.datasets.dataset import discover
from resight.io.images import prepare
from resight.io.model_folder import Model
from resight.runtimes import openvino
from resight.training import model_conversion
from resight.types import Array

WHOLE: Final = "float32"
HALF: Final = "float16"
STEPPED: Final = "int8, weights"
QUANTISED: Final = "int8, all"

STEPS: Final = 127
"""Of int8 on each side of zero; −128 is left out, so that the steps are symmetric."""

EVERYDAY: Final = 200
"""Photos on which NNCF finds the range of each activation."""

Form = Callable[[Model, Path, Path], None]
"""``form(model, weights, folder)`` writes the model as a folder of that form."""


def made(model: Model, file: Path | None, cache: Path) -> dict[str, Path]:
    """The folder of each form of a model's weights, or of a weight file's, made where it is not there yet.

    QUANTISED is left out where nncf is not installed. Raises ModelError where neither weights are there.
    """
    file = file or model.folder / model_folder.WEIGHTS
    if not file.is_file():
        raise ModelError(f"there is no weight file {file}; wanted one in float32: name it with --weights")
    place = cache / f"forms-{hashlib.sha256(file.read_bytes()).hexdigest()[:24]}"
    place.mkdir(parents=True, exist_ok=True)
    folders = {}
    for name, form in FORMS.items():
        if name != QUANTISED or find_spec("nncf"):
            folders[name] = place / name.replace(", ", "-")
            if not folders[name].exists():
                form(model, file, folders[name])
    return folders


def size(name: str, folder: Path) -> int:
    """Bytes of the numbers that run; of STEPPED, which is computed with in float32, those that it could be stored in.

    These are one for each number of a kernel, and four for each step and each bias.
    """
    if name != STEPPED:
        return (folder / model_folder.BACKBONE[1]).stat().st_size
    found = openvino.convolutions(folder / model_folder.BACKBONE[0])
    return sum(kernels.size + 4 * len(kernels) + 4 * len(biases) for kernels, biases in found)


def rounded(kernels: Array) -> Array:
    """Kernels ``(o, i, h, w)`` at the nearest of STEPS steps on each side of zero, the last at each output's largest.

    Krishnamoorthi 2018, *Quantizing deep convolutional networks for efficient inference*, section 2.2, per channel.
    """
    step = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True) / STEPS
    step = np.where(step > 0, step, 1)
    return (np.round(kernels / step) * step).astype(kernels.dtype)


def _written(model: Model, file: Path, folder: Path, *, half: bool = False, stepped: bool = False) -> None:
    import torch

    from resight.nn.networks import architectures, weights

    state = weights.read(file)
    if stepped:
        state = {
            key: torch.from_numpy(rounded(each.numpy())) if each.ndim == 4 else each for key, each in state.items()
        }
    network, _ = architectures.build(architectures.architecture(model.card.architecture), state, layer=model.card.cut)
    model_conversion.package(network, folder, card=model.card, arrays=model.arrays, half=half, trainable=False)


def _quantised(model: Model, file: Path, folder: Path) -> None:
    """Weights and activations as NNCF rounds them after it has seen everyday photos."""
    os.environ.setdefault("NNCF_CI", "1")  # else it sends statistics
    runtime = openvino.quiet_import()
    import nncf

    with TemporaryDirectory(dir=folder.parent) as scratch:
        place = Path(scratch)
        _written(model, file, place / "whole")
        network = runtime.Core().read_model(place / "whole" / model_folder.BACKBONE[0])
        preset = nncf.QuantizationPreset.MIXED  # activations that are not symmetric about zero may be so
        quantised = nncf.quantize(network, nncf.Dataset(_everyday(model)), subset_size=EVERYDAY, preset=preset)
        runtime.save_model(quantised, place / model_folder.BACKBONE[0], compress_to_fp16=False)
        model_folder.save(
            model.card, folder, files={name: place / name for name in model_folder.BACKBONE}, arrays=model.arrays
        )


def _everyday(model: Model) -> list[Array]:
    """Prepared photos ``(1, h, w, 3)`` float32 of none of the packs, evenly drawn."""
    entries = discover(shared() / "data" / "natural-photos" / "images.parquet").entries
    drawn = entries[:: max(len(entries) // EVERYDAY, 1)][:EVERYDAY]
    return [prepare(photo_of(entry), model.card.preprocess)[None].astype(np.float32) for entry in drawn]


FORMS: Final[dict[str, Form]] = {
    WHOLE: _written,
    HALF: partial(_written, half=True),
    STEPPED: partial(_written, stepped=True),
    QUANTISED: _quantised,
}
