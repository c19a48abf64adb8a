"""Conversion of weights to a model folder that runs without torch, and back, with proof that both compute the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.errors import ModelError, TrainingError, torch_wanted
from resight.features.encoder import HOUSE
from resight.io import model_folder
from resight.io.model_card import MOST, ModelCard
from resight.io.model_folder import Model
from resight.io.scratch_folder import scratch
from resight.runtimes import openvino
from resight.types import Array, Preprocess

if TYPE_CHECKING:
    from resight.nn.networks.architectures import Network

Run = Callable[[Array], Array]
"""Photos ``(b, h, w, 3)`` uint8 to maps ``(b, c, h', w')``."""

TOLERANCE: Final = 1e-6
"""Largest disagreement of torch and runtime: float32 stays near 1e-12, bfloat16 does not come below 1e-5."""

_PROBES: Final = ((1, 96, 128, 3), (2, 65, 83, 3))
"""Photos that the proof runs on; the second has odd sides, where paddings and roundings would differ."""


def from_weights(
    architecture: str,
    file: str | Path,
    *,
    folder: str | Path | None = None,
    cut: str | None = None,
    name: str | None = None,
    long_side: int = 320,
) -> Model:
    """Make a model folder of a weight file (.safetensors, .pth or .pt) for a network of ``ARCHITECTURES``.

    ``cut`` names the layer whose output is the feature map; None is the architecture's own. ``name`` is for people, and
    ``folder`` is in the working folder; both are ARCHITECTURE-CUT where nobody names them. ``long_side`` is that of a
    prepared photo in pixels. Layers behind the cut are left out and stated as ``unused`` in the card's ``config``.
    Raises ModelError for unknown names, weights that do not fit, a layer that gives no feature map, a folder that
    exists, and a conversion that computes differently; MissingExtra without torch.
    """
    if not 1 <= long_side <= MOST["long_side"]:
        raise ValueError(f"long_side is {long_side}; wanted 1 to {MOST['long_side']:,} pixels")
    if name and not name.strip():
        raise ModelError(
            f"the name of the model is {name!r}; wanted one that people can read: leave it out, or name it"
        )
    with torch_wanted():
        from resight.nn.networks import architectures, weights
        from resight.nn.networks.receptive_field import receptive_field
    plan = architectures.architecture(architecture)
    cut = cut or plan.layer
    target = model_folder.vacant(folder or f"{architecture}-{cut}")
    network, unused = architectures.build(plan, weights.read(file), layer=cut)
    field = receptive_field(network)
    channels, _ = architectures.measure(network)
    card = ModelCard(
        name=name or f"{architecture}-{cut}",
        architecture=architecture,
        cut=cut,
        channels=channels,
        stride=field.stride,
        preprocess=Preprocess(long_side=long_side, mean=plan.mean, std=plan.std),
        offset=field.offset,
        smallest=architectures.smallest(network),
        config={"weights": Path(file).name, "unused": sorted(set(map(_layer_of, unused)))},
    )
    return package(network, target, card=card)


def package(
    network: Network,
    folder: str | Path,
    *,
    card: ModelCard,
    arrays: Mapping[str, Array] | None = None,
    metrics: Mapping[str, Any] | None = None,
    half: bool = False,
    trainable: bool = True,
) -> Model:
    """Write a network in evaluation mode as a model folder, after proving that the runtime computes the same.

    ``card`` describes the network; the versions are filled in. ``half`` stores float16, in half the bytes; what runs
    computes as ``card.precision`` says all the same. Without ``trainable`` the weights are left out that only further
    training needs. Raises ModelError where the folder exists or the proof fails, and then nothing is written;
    ValueError for a network in training mode; MissingExtra without torch.
    """
    with torch_wanted():
        from resight.nn.networks import weights
    if network.training:  # its norms would follow the photos of the proof
        raise ValueError("the network is in training mode; wanted evaluation mode: call its eval() first")
    target = model_folder.vacant(folder)
    with scratch() as place:
        kept = (*model_folder.BACKBONE, model_folder.WEIGHTS) if trainable else model_folder.BACKBONE
        files = {name: place / name for name in kept}
        if trainable:
            weights.write(network, files[model_folder.WEIGHTS], half=half)
        _convert(network, files[model_folder.BACKBONE[0]], card, half)
        return model_folder.save(
            replace(card, versions=_versions()), target, files=files, arrays=arrays, metrics=metrics
        )


def _convert(network: Network, path: Path, card: ModelCard, half: bool) -> None:
    """Write the runtime's files and prove them; a function of its own, so that no file is open behind it."""
    from resight.nn.networks import architectures

    module = architectures.PhotoNetwork(network, card.preprocess)
    openvino.convert(module, architectures.example(), path, half=half)
    prove(partial(architectures.run, module), openvino.Backbone(path, precision=card.precision).run)


def prove(expected: Run, found: Run) -> float:
    """The largest `disagreement` of two ways to compute a feature map, on seeded noise at two sizes.

    Raises ModelError where it is above TOLERANCE.
    """
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 256, size, dtype=np.uint8) for size in _PROBES]
    worst = max(disagreement(expected(images), found(images)) for images in photos)
    if not worst <= TOLERANCE:
        raise ModelError(
            f"torch and OpenVINO give feature maps that differ by {worst:.1e} (1 − cosine); wanted at most "
            f"{TOLERANCE:.0e}: use precision f32, and report it if that is used already"
        )
    return worst


def disagreement(expected: Array, found: Array) -> float:
    """``‖a − b‖² / (2 ‖a‖ ‖b‖)`` of two arrays of one shape, ≥ 0; infinite for two shapes or one zero.

    It is 1 − cos(a, b) plus ``(‖a‖ − ‖b‖)² / (2 ‖a‖ ‖b‖)``, by the law of cosines: a wrong scale shows as well, and
    nothing cancels.
    """
    if expected.shape != found.shape:
        return float("inf")
    a, b = expected.astype(np.float64), found.astype(np.float64)
    gap, norms = float(np.square(a - b).sum()), float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return 0.0 if gap == 0 else gap / (2 * norms) if norms > 0 else float("inf")


def _layer_of(key: str) -> str:
    """The layer, or the unit of a stage, that a weight belongs to: ``stage3.4.bn1.bias`` is of ``stage3.4``."""
    layer, _, rest = key.partition(".")
    unit = rest.partition(".")[0]
    return f"{layer}.{unit}" if unit.isdigit() else layer


def _versions() -> dict[str, str]:
    found = {}
    for name in ("resight", "openvino", "torch"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # run from a source tree
            found[name] = "not installed"
    return found


def starting_model(source: Path | None, architecture: str | None, folder: Path, *, made: bool = False) -> Model:
    """The encoder to start from: that of a model folder, of a weight file and its architecture, or the shipped one.

    A model of a weight file is made in ``folder``, unless it is ``made`` there by another worker. Raises ModelError
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
        return model_folder.load(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return from_weights(architecture, source, folder=folder)


def trainable_network(model: Model) -> Network:
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
    prove(partial(architectures.run, module), running.run)
    return made


def _shipped() -> Model:
    if not HOUSE.is_dir():
        raise TrainingError(
            "this resight ships no encoder to start from: name a model folder, or a weight file and its architecture"
        )
    return model_folder.load(HOUSE)
