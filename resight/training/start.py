"""Where training starts: an encoder as a model folder, whose network can be trained further."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from resight import conversion
from resight.errors import ModelError, TrainingError
from resight.io import models
from resight.io.models import Model

if TYPE_CHECKING:
    from resight.nn.export import Network

SHIPPED: Final = "house"
"""The folder, inside the package, of the encoder that resight carries."""


def begun(source: Path | None, architecture: str | None, scratch: Path) -> Model:
    """The encoder to start from: that of a model folder, of a weight file and its architecture, or the shipped one.

    A model of a weight file is made in ``scratch``. Raises ModelError for what is no encoder, and TrainingError where
    nothing is named and nothing ships.
    """
    if source is None:
        return _shipped()
    if source.is_dir():
        if architecture is not None:
            raise TrainingError(
                f"{str(source)!r} is a model folder, which says itself what its architecture is; found "
                f"{architecture!r} beside it: leave out the architecture, or name a weight file"
            )
        return models.load(source)
    if architecture is None:
        raise TrainingError(
            f"{str(source)!r} is no model folder; a weight file wants its architecture named: "
            "add one such as --architecture resnet18"
        )
    shutil.rmtree(scratch, ignore_errors=True)
    return conversion.from_weights(architecture, source, folder=scratch)


def network(model: Model) -> Network:
    """The model's network as torch trains it; raises ModelError for a folder without the weights to train further."""
    with conversion.torch_wanted("training"):
        from resight.nn import export, weights
    file = model.folder / models.WEIGHTS
    if not file.exists():
        raise ModelError(
            f"{model.folder} has no {models.WEIGHTS}; wanted weights to train further: make the model again from its "
            "weights"
        )
    plan = export.architecture(model.card.architecture)
    return export.build(plan, weights.read(file), layer=model.card.cut)[0]


def _shipped() -> Model:
    folder = Path(__file__).resolve().parent.parent / SHIPPED
    if not folder.is_dir():
        raise TrainingError(
            "this resight ships no encoder to start from: name a model folder, or a weight file and its architecture"
        )
    return models.load(folder)
