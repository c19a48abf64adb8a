"""Descriptors of Kohl 2017: unit rows of the sizes that it states, and regions that agree with the whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from resight.nn.losses.triplet import triplet_cosine
from resight.nn.networks import regions
from resight.nn.networks.architectures import ARCHITECTURES, Network, cut
from resight.nn.networks.descriptors import ClassScores, FlattenedMap, ProjectedMap, SubRegions, SurestWindow, parts
from resight.nn.networks.fully_convolutional import fully_convolutional, refill
from resight.nn.networks.heads import ProjectionHead
from resight.nn.networks.pretrained import whole
from resight.nn.networks.regions import places

SIDE = 48


@pytest.fixture(scope="module")
def network() -> Network:
    return whole("squeezenet1_1", rng=np.random.default_rng(1))


def _photos(side: int = SIDE) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=(3, 3, side, side)).astype(np.float32))


@pytest.mark.parametrize(("name", "numbers"), [("alexnet", 9_216), ("resnet152", 100_352)])
def test_convolutional_features_have_the_papers_size(name: str, numbers: int) -> None:
    """Section 4.1.2; on the device "meta", where the networks have shapes and cost nothing."""
    plan = ARCHITECTURES[name]
    rows = cut(plan.network(), plan.layer)(torch.zeros((1, 3, 224, 224), device="meta")).flatten(1)
    assert rows.shape == (1, numbers)


def test_descriptors_are_unit_rows(network: Network) -> None:
    conv = FlattenedMap(network, "features")
    head = ProjectionHead.drawn(512 * 2 * 2, 7, rng=np.random.default_rng(0))
    headed = ProjectedMap(network, "features", head)
    whole_photo = SubRegions(network, "features", head, side=SIDE)
    for descriptor, size in (
        (ClassScores(network), 1000),
        (conv, 2048),
        (headed, 7),
        (whole_photo, 7),
    ):
        rows = descriptor(_photos())
        assert rows.shape == (3, size)
        torch.testing.assert_close(rows.norm(dim=1), torch.ones(3))


def test_a_photo_of_the_classifiers_own_side_is_one_region(network: Network) -> None:
    head = ProjectionHead.drawn(512 * 2 * 2, 7, rng=np.random.default_rng(0))
    regions = SubRegions(network, "features", head, side=SIDE)(_photos())
    torch.testing.assert_close(regions, ProjectedMap(network, "features", head)(_photos()))
    window = SurestWindow(network, "features", side=SIDE)(_photos())
    torch.testing.assert_close(window, FlattenedMap(network, "features")(_photos()))


def test_where_it_looks_is_no_matter_of_chance(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(regions, "places", lambda *asked: seen.append(places(*asked)) or seen[-1])
    head = ProjectionHead.drawn(512 * 2 * 2, 7, rng=np.random.default_rng(0))
    descriptor = SubRegions(network, "features", head, side=SIDE, count=3)
    for training in (False, True, True):
        descriptor.train(training)(_photos(128))
    assert seen[0].shape[1] == 3
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[1], seen[2])
    assert descriptor.network.training  # what learns is in training mode all the same


@pytest.mark.parametrize(("rate", "learns"), [(0.001, True), (0.0, False)])
def test_regions_learn_from_triplets(rate: float, learns: bool) -> None:
    """Two photos of each of three things come together, and not by a collapse, which would cost more than the start."""
    drawn = whole("squeezenet1_1", rng=np.random.default_rng(1))
    rng = np.random.default_rng(1)
    photos = torch.from_numpy((rng.normal(size=(6, 3, 96, 96)) + rng.normal(size=(6, 3, 1, 1))).astype(np.float32))
    with torch.no_grad():
        head = ProjectionHead.fitted(SurestWindow(drawn, "features", side=SIDE)(photos).numpy(), 5)
    descriptor = SubRegions(drawn, "features", head, side=SIDE, count=3).train()
    triplets = torch.tensor([(a, a ^ 1, n) for a in range(6) for n in range(6) if n // 2 != a // 2])
    descent = torch.optim.SGD(descriptor.parameters(), lr=rate, momentum=0.9)
    costs = []
    for _ in range(12):
        cost = triplet_cosine(descriptor(photos), triplets, margin=0.2)
        costs.append(cost.item())
        descent.zero_grad()
        cost.backward()
        descent.step()
    assert (costs[-1] < 0.5 * costs[0]) == learns


def test_the_surest_window_of_a_larger_photo_by_a_slow_loop(network: Network) -> None:
    front, behind = parts(network, "features", side=SIDE)
    photos = _photos(96)
    maps = front(photos)
    scores = behind(maps)
    found = SurestWindow(network, "features", side=SIDE)(photos)
    for row in range(3):
        best = max(
            (scores[row, :, i, j].max().item(), i, j) for i in range(scores.shape[2]) for j in range(scores.shape[3])
        )
        _, i, j = best
        window = maps[row, :, i : i + 2, j : j + 2].flatten()
        torch.testing.assert_close(found[row], window / window.norm())


def test_the_parts_make_the_whole(network: Network) -> None:
    front, behind = parts(network, "features", side=SIDE)
    torch.testing.assert_close(behind(front(_photos()))[:, :, 0, 0], network(_photos()))


def test_what_a_form_has_learned_goes_back_to_its_classifier() -> None:
    network = whole("mobilenet_v2", rng=np.random.default_rng(1))
    form = fully_convolutional(network, side=64).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with torch.no_grad():
        for leaf in form.parameters():
            leaf.mul_(1.01)
    refill(network, form)
    photos = _photos(64)
    torch.testing.assert_close(network(photos), form(photos)[:, :, 0, 0], rtol=1e-4, atol=1e-5)
    assert isinstance(network.get_submodule("classifier.1"), nn.Linear)
