"""Rows of Table 1: the paper's figures and hyper-parameters as it prints them, and names that are refused."""

from __future__ import annotations

import pytest

from resight.errors import TrainingError
from resight.recipes.museum import table


def test_the_table_is_the_papers() -> None:
    """Its lines as printed: CLICIDE with AlexNet and ResNet-152, then GaRoFou_I with both."""
    printed = {
        "full": "57.58 64.24 76.63 75.54",
        "conv": "72.73 75.76 85.33 84.78",
        "tuned-full": "N/A 77.58 86.96 92.93",
        "tuned-conv": "N/A 89.70 89.13 96.20",
        "tuned-regions": "N/A 94.55 N/A 91.85",
        "cosine-random": "N/A N/A N/A DNC",
        "cosine-hardest": "N/A N/A N/A DNC",
        "triplet-random": "N/A CBT 89.67 95.11",
        "triplet-hardest": "N/A N/A N/A N/A",  # section 4.4.2 has it, the table has not
        "triplet-semi-hard": "N/A 86.06 88.59 N/A",
        "triplet-easy-hard": "N/A CBT 89.67 95.65",
        "triplet-regions": "N/A 92.73 N/A N/A",
    }
    papers = {key: line.paper for key, line in table.APPROACHES.items()}
    assert {key: f"{a[0]} {r[0]} {a[1]} {r[1]}" for key, (a, r) in papers.items()} == printed
    assert len(table.ROWS) == len(printed) * len(table.BACKBONES)


def test_hyper_parameters_are_the_papers() -> None:
    tuned = table.ROWS["resnet152-tuned-conv"].config
    assert (tuned.epochs, tuned.rate, tuned.anneal_after, tuned.momentum, tuned.decay) == (50, 0.01, 30, 0.9, 0.0005)
    pairs = table.ROWS["alexnet-cosine-hardest"].config
    assert (pairs.epochs, pairs.rate, pairs.anneal_after, pairs.batch, pairs.margin) == (50, 0.001, 0, 64, 0.0)
    assert table.ROWS["alexnet-triplet-semi-hard"].config.margin == 0.2
    assert (pairs.share, table.ROWS["alexnet-triplet-easy-hard"].config.mined) == (0.9, (3, 3, 1))
    assert table.ROWS["reduced-squeezenet-tuned-conv"].config.epochs == 10
    assert table.ROWS["reduced-squeezenet-triplet-semi-hard"].config.switch == 2  # a fifth, as of the epochs
    assert table.BACKBONES["alexnet"].frozen == "features.9"  # the last convolution is features.10
    assert table.BACKBONES["resnet152"].frozen == "layer3"  # layer4 is the last three blocks


def test_an_unknown_row_is_refused_with_the_nearest() -> None:
    assert [row.name for row in table.chosen(["alexnet-conv"])] == ["alexnet-conv"]
    assert len(table.chosen([])) == len(table.ROWS)
    with pytest.raises(TrainingError, match="there is no row 'alexnet-con'; did you mean 'alexnet-conv'"):
        table.chosen(["alexnet-con"])
