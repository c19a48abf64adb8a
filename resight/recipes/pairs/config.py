"""Settings of both steps of the pairs recipe: the paper's, and reduced ones that a processor can train."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from resight.errors import TrainingError, suggestion
from resight.training.ranges import COUNT, NATURAL, POSITIVE, SEED, SEVERAL, SHARE, SIDE, Range


@dataclass(frozen=True, slots=True)
class PairsConfig:
    """Settings of how the classifier and the similarity network learn; the defaults are the paper's.

    Attributes
    ----------
    network : a name of ARCHITECTURES.
    seen : classes to learn; the others are unseen.
    held_out : share of the training photos to validate on.
    album, side : of a photo as it is augmented, and as the network sees it, pixels.
    epochs, batch, rate, momentum : of gradient descent with Nesterov's look ahead, which wants a momentum.
    alpha : of the running-mean rule by which the rate falls.
    augmentation, normalisation : names of AUGMENTATIONS and `nn.augmentation.normalisation.NAMES`.
    bf16 : whether the network computes in bfloat16 while it learns.
    micro_batch : photos that go through a network without norms at a time; 0 takes all of a batch at once.
    head : width of a hidden layer that learns on a frozen network's mean features; 0 lets all of a network learn.
    layer : the classifier's layer whose values are a photo's descriptor.
    input : of the similarity network, a name of `similarity_network.INPUTS`.
    pairs_of : "all" training photos of the seen classes, as the paper has it, or those "held-out" of the classifier.
    each, validated, tested : pairs of each ordered pair of classes that an epoch, the validation and the test have.
    pair_epochs, pair_batch, pair_rate, pair_alpha : of the similarity network, as those of the classifier.
    seed : of everything drawn.
    """

    network: str = "resnet50"
    seen: Annotated[int, SEVERAL] = 180
    held_out: Annotated[float, Range(0, 1, above=True, below=True)] = 0.3
    album: Annotated[int, SIDE] = 64
    side: Annotated[int, SIDE] = 224
    epochs: Annotated[int, COUNT] = 30
    batch: Annotated[int, COUNT] = 64
    rate: Annotated[float, POSITIVE] = 0.01
    momentum: Annotated[float, Range(0, 1, above=True, below=True)] = 0.8
    alpha: Annotated[float, SHARE] = 0.02
    augmentation: str = "pairs"
    normalisation: str = "dataset"
    bf16: bool = False
    micro_batch: Annotated[int, NATURAL] = 0
    head: Annotated[int, NATURAL] = 0
    layer: str = "flatten"
    input: str = "absolute"
    pairs_of: str = "all"
    each: Annotated[int, COUNT] = 10
    validated: Annotated[int, COUNT] = 6
    tested: Annotated[int, COUNT] = 50
    pair_epochs: Annotated[int, COUNT] = 33
    pair_batch: Annotated[int, COUNT] = 256
    pair_rate: Annotated[float, POSITIVE] = 0.005
    pair_alpha: Annotated[float, SHARE] = 0.01
    seed: Annotated[int, SEED] = 0


_FEWER: Final = PairsConfig(
    network="resnet50v2",
    side=96,
    epochs=15,
    normalisation="network",
    bf16=True,
    held_out=0.4,
    head=2048,
    layer="relu",
    pairs_of="held-out",
    each=1,
    validated=1,
    tested=5,
    pair_epochs=5,
    pair_rate=0.05,
)
"""Settings of the form for a processor: see `LEFT_OUT`."""

CONFIGS: Final[dict[str, PairsConfig]] = {
    "resnet50": PairsConfig(),
    "vgg16": PairsConfig(network="vgg16", layer="classifier.3"),
    "reduced-resnet18": PairsConfig(network="resnet18", side=64, epochs=10, each=2, validated=1, pair_epochs=6),
    "cpu-resnet": _FEWER,
    "cpu-vgg": replace(_FEWER, network="squeezenet1_1", side=128, head=4096, layer="hidden", pair_rate=0.005),
}
"""Forms by name; "reduced-" and "cpu-" ones are small enough for a processor."""

GROUPS: Final[dict[str, tuple[str, ...]]] = {"paper": ("resnet50", "vgg16"), "cpu": ("cpu-resnet", "cpu-vgg")}
"""Forms that are run one after another, and joined to ensembles, by name."""

LEFT_OUT: Final = (
    "the network that describes photos is frozen, as ImageNet left it; a hidden layer and the classifier learn on its "
    "mean features, without augmentation",
    "ResNet-50 v2 up to its third stage at 96 pixels stands for ResNet-50, and SqueezeNet 1.1 at 128 for VGG-16; the "
    "descriptors are as long as the paper's",
    "a tenth of the pairs in an epoch and to test on, a sixth to validate on, five epochs, and for ResNet's form ten "
    "times the rate, since they have a sixtieth of the steps; VGG's, whose differences are of seven times the energy, "
    "is learned at the paper's",
    "the similarity network learns from photos that the classifier did not learn, so that their descriptors are like "
    "those of the test",
)
"""All that the configuration for a processor leaves out, or does another way, in words."""

CHANGEABLE: Final = ("epochs", "micro_batch")
"""Settings under which a checkpoint made with others may be gone on from."""

OF_PAIRS: Final = (
    *("layer", "input", "pairs_of", "each", "validated", "tested"),
    *("pair_epochs", "pair_batch", "pair_rate", "pair_alpha"),
)
"""Settings that the classifier does not depend on."""


def named(name: str) -> PairsConfig:
    """The config of that name; raises TrainingError with the nearest name for an unknown one."""
    if name not in CONFIGS:
        known = ", ".join(CONFIGS)
        raise TrainingError(f"there is no preset {name!r}{suggestion(name, CONFIGS)}; wanted one of {known}")
    return CONFIGS[name]


def forms(name: str) -> dict[str, PairsConfig]:
    """The forms of a group, or the one of that name; raises TrainingError with the nearest name for an unknown one."""
    known = (*GROUPS, *CONFIGS)
    if name not in known:
        wanted = ", ".join(known)
        raise TrainingError(f"there is no preset {name!r}{suggestion(name, known)}; wanted one of {wanted}")
    return {form: named(form) for form in GROUPS.get(name, (name,))}
