"""Grad-CAM in batch is Grad-CAM one by one, and what its formula says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.errors import ModelError
from resight.explain.classifiers.class_map_batches import class_map_batches, joined
from resight.nn.augmentation.normalisation import Normalisation
from resight.nn.augmentation.preprocessing import Preprocessing
from resight.nn.networks.place_classifiers import PlaceClassifier, place_classifier

SIDE = 96


@pytest.fixture(scope="module", params=["simple", "simpler", "resnet18"])
def classifier(request: pytest.FixtureRequest) -> PlaceClassifier:
    return place_classifier(request.param, 3, side=SIDE, hidden=8, seed=1)


def _slowly(classifier: PlaceClassifier, image: Tensor, label: int) -> tuple[np.ndarray, np.ndarray]:
    """Equations 1, 2 and 4 of Shi 2018, channel by channel and cell by cell, of one photo."""
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        output.retain_grad()
        kept.append(output)
        return output.clone()

    hook = classifier.network.get_submodule(classifier.layer).register_forward_hook(keep)
    image = image.clone().requires_grad_()
    classifier.network(image[None])[0, label].backward()
    hook.remove()
    [maps], slopes = kept[-1].detach(), kept[-1].grad
    assert slopes is not None
    heat, total = torch.zeros(maps.shape[1:]), torch.zeros(maps.shape[1:])
    for channel in range(len(maps)):
        alpha = sum(slopes[0, channel].flatten().tolist()) / maps[channel].numel()
        heat += alpha * maps[channel]
        total += maps[channel]
    return heat.clamp(min=0).numpy(), total.numpy()


def test_it_is_the_slow_formula(classifier: PlaceClassifier, rng: np.random.Generator) -> None:
    photos = rng.integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)
    labels = np.array([0, 1, 2, 1, 0])
    steps = Preprocessing(Normalisation("network", classifier.mean, classifier.std), (SIDE,))
    found = joined([*class_map_batches(classifier.network, photos, labels, steps, layer=classifier.layer, batch=2)])
    images = steps.plain(torch.from_numpy(photos))[0]
    for row, label in enumerate(labels):
        heat, total = _slowly(classifier, images[row], int(label))
        assert np.abs(found.maps[row] - heat).max() < 1e-5 * max(1, np.abs(heat).max())
        assert np.allclose(found.sums[row], total, rtol=1e-4, atol=1e-4)
    with torch.no_grad():
        scores = classifier.network(images).numpy()
    assert np.allclose(found.scores, scores, rtol=1e-4, atol=1e-4)


def test_a_layer_without_a_map_is_refused(classifier: PlaceClassifier) -> None:
    steps = Preprocessing(Normalisation("network", classifier.mean, classifier.std), (SIDE,))
    photos = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    with pytest.raises(ModelError, match="gives no map"):
        next(class_map_batches(classifier.network, photos, np.zeros(1, int), steps, layer="flatten"))
