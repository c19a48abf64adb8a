"""Where training starts: an encoder as a model folder, whose network can be trained further."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from resight.errors import TrainingError, torch_wanted
from resight.features.encoder import HOUSE
from resight.io import model_folder
from resight.io.model_folder import Model
from resight.runtimes import openvino

from . import model_conversion

if TYPE_CHECKING:
    from resight.nn.networks.architectures import Network


def begun(source: Path | None, architecture: str | None, scratch: Path, *, made: bool = False) -> Model:
    """The encoder to start from: that of a model folder, of a weight file and its architecture, or the shipped one.

    A model of a weight file is made in ``scratch``, unless it is ``made`` there by another worker. Raises ModelError
    for what is no encoder, and TrainingError where nothing is named and nothing ships.
    """
    if source is None:
        return _shipped()
    if source.is_dir():
        if architecture is not None:
            raise TrainingError(
                f"{str(source)!r} is a model folder, which says itself what its architecture is; found "
                f"{architecture!r} beside it: leave out the architecture, or name a weight file"
            )
        return model_folder.load(source)
    if architecture is None:
        raise TrainingError(
            f"{str(source)!r} is no model folder; a weight file wants its architecture named: "
            "add one such as --architecture resnet18"
        )
    if made:
        return model_folder.load(scratch)
    shutil.rmtree(scratch, ignore_errors=True)
    return model_conversion.from_weights(architecture, source, folder=scratch)


def network(model: Model) -> Network:
    """The model's network as torch trains it.

    A model without weights to train further, as the one that ships, has them unfolded from what runs. Raises ModelError
    where that is not possible.
    """
    with torch_wanted("training"):
        from resight.nn.networks import architectures, weights
    plan, file = architectures.architecture(model.card.architecture), model.folder / model_folder.WEIGHTS
    if file.exists():
        return architectures.build(plan, weights.read(file), layer=model.card.cut)[0]
    return _unfolded(model)


def _unfolded(model: Model) -> Network:
    from resight.nn.backbones.initialisation import materialise
    from resight.nn.networks import architectures, from_runtime

    made = architectures.cut(architectures.architecture(model.card.architecture).network().eval(), model.card.cut)
    if any(leaf.is_meta for leaf in made.state_dict().values()):
        materialise(made)
    from_runtime.unfold(made, openvino.convolutions(model.backbone))
    module = architectures.PhotoNetwork(made, model.card.preprocess)
    running = openvino.Backbone(model.backbone, precision=model.card.precision)
    model_conversion.prove(partial(architectures.run, module), running.run)
    return made


def _shipped() -> Model:
    if not HOUSE.is_dir():
        raise TrainingError(
            "this resight ships no encoder to start from: name a model folder, or a weight file and its architecture"
        )
    return model_folder.load(HOUSE)
