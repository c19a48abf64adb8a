"""Rows of Table 1 of Kohl 2017: networks, ways to describe a photo, and the paper's own figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from resight.errors import TrainingError, suggestion

from .approach import Approach, MuseumConfig, MuseumRow, StartingNetwork

PAPER_NETWORKS: Final = ("AlexNet", "ResNet-152")
PAPER_SETS: Final = ("CLICIDE", "GaRoFou_I")

CLASSIFIED: Final = MuseumConfig()
PAIRED: Final = MuseumConfig(rate=0.001, decay=0.0, anneal_after=0, margin=0.0)
TRIPLET: Final = replace(PAIRED, margin=0.2)

APPROACHES: Final[dict[str, Approach]] = {
    "full": Approach(
        "Full classif. features of pre-trained net", "full", paper=(("57.58", "76.63"), ("64.24", "75.54"))
    ),
    "conv": Approach("Conv. features of pre-trained net", "conv", paper=(("72.73", "85.33"), ("75.76", "84.78"))),
    "tuned-full": Approach(
        "Full classif. features of classif. fine-tuned net",
        "full",
        "cross-entropy",
        config=CLASSIFIED,
        paper=(("N/A", "86.96"), ("77.58", "92.93")),
    ),
    "tuned-conv": Approach(
        "Conv. features of classif. fine-tuned net",
        "conv",
        "cross-entropy",
        config=CLASSIFIED,
        paper=(("N/A", "89.13"), ("89.70", "96.20")),
    ),
    "tuned-regions": Approach(
        "Classif. fine-tuned semantic sub-regions",
        "regions",
        "sub-regions",
        config=CLASSIFIED,
        paper=(("N/A", "N/A"), ("94.55", "91.85")),
    ),
    "cosine-random": Approach(
        "Cosine loss (random pairs) with pre-trained net",
        "head",
        "cosine",
        "random-pairs",
        config=PAIRED,
        paper=(("N/A", "N/A"), ("N/A", "DNC")),
    ),
    "cosine-hardest": Approach(
        "Cosine loss (hardest pairs) with pre-trained net",
        "head",
        "cosine",
        "hardest-pairs",
        config=PAIRED,
        paper=(("N/A", "N/A"), ("N/A", "DNC")),
    ),
    "triplet-random": Approach(
        "Triplet loss (all pos, random neg) with pre-trained net",
        "head",
        "triplet-cosine",
        "random-negative",
        config=TRIPLET,
        paper=(("N/A", "89.67"), ("CBT", "95.11")),
    ),
    "triplet-hardest": Approach(
        "Triplet loss (all pos, hardest neg): section 4.4.2, not in Table 1",
        "head",
        "triplet-cosine",
        "hardest",
        config=TRIPLET,
    ),
    "triplet-semi-hard": Approach(
        "Triplet loss (all pos, semi-hard neg) with pre-trained net",
        "head",
        "triplet-cosine",
        "semi-hard-then-hardest",
        config=TRIPLET,
        paper=(("N/A", "88.59"), ("86.06", "N/A")),
    ),
    "triplet-easy-hard": Approach(
        "Triplet loss (easy pos, hard neg) with pre-trained net",
        "head",
        "triplet-cosine",
        "easy-hard",
        config=TRIPLET,
        paper=(("N/A", "89.67"), ("CBT", "95.65")),
    ),
    "triplet-regions": Approach(
        "Triplet loss (semi-hard), semantic sub-regions",
        "regions",
        "triplet-cosine",
        "semi-hard-then-hardest",
        after="sub-regions",
        config=TRIPLET,
        paper=(("N/A", "N/A"), ("92.73", "N/A")),
    ),
}
"""The lines of Table 1, in its order; figures are (CLICIDE, GaRoFou_I) of AlexNet, then of ResNet-152."""

BACKBONES: Final[dict[str, StartingNetwork]] = {
    "alexnet": StartingNetwork("alexnet", "features.9", 0),
    "resnet152": StartingNetwork("resnet152", "layer3", 1),
    "reduced-squeezenet": StartingNetwork("squeezenet1_1", "features.11", 0, epochs=0.2),
    "reduced-mobilenet": StartingNetwork("mobilenet_v2_tf", "features.15", 1, epochs=0.2),
}
"""Parts that learn: the last convolution of AlexNet, the last three blocks of ResNet-152, as much of the small ones."""


def _row(backbone: str, approach: str) -> MuseumRow:
    network, line = BACKBONES[backbone], APPROACHES[approach]

    def shortened(config: MuseumConfig) -> MuseumConfig:
        said = (config.epochs, config.anneal_after, config.switch)
        epochs, anneal_after, switch = (round(network.epochs * each) for each in said)
        return replace(config, epochs=epochs, anneal_after=anneal_after, switch=switch)

    return MuseumRow(f"{backbone}-{approach}", backbone, line, network, shortened(line.config), shortened(CLASSIFIED))


ROWS: Final[dict[str, MuseumRow]] = {
    f"{backbone}-{approach}": _row(backbone, approach) for backbone in BACKBONES for approach in APPROACHES
}

GORDO: Final = {
    "row": "gordo",
    "reason": "Gordo et al.'s own network, whose weights and form are no part of this recipe",
    "paper": {"network": "Gordo's net", "CLICIDE": "90.30", "GaRoFou_I": "95.65"},
}
"""The table's first line."""


def chosen(names: Sequence[str]) -> list[MuseumRow]:
    """The rows of these names, all where there are none; raises TrainingError with the nearest name for an unknown."""
    for name in names:
        if name not in ROWS:
            near = suggestion(name, ROWS)
            raise TrainingError(
                f"there is no row {name!r}{near}; wanted one of {', '.join(BACKBONES)}, then - and one of "
                f"{', '.join(APPROACHES)}"
            )
    return [ROWS[name] for name in names or ROWS]
