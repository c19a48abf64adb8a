"""What all miners promise: no photo with itself, whole sets in blocks, nothing at the edges."""

from __future__ import annotations

import tracemalloc
from functools import partial
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.nn.mining.miners import MINERS, PAIR_MINERS, Miner, mine

RANDOM = ("random-pairs", "random-negative")


EVERY = [pytest.param(partial(miner, epoch=0) if "then" in name else miner, id=name) for name, miner in MINERS.items()]


@pytest.fixture
def descriptors(rng: np.random.Generator) -> Any:
    rows = rng.standard_normal((60, 8))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def labels(rng: np.random.Generator) -> Any:
    return rng.integers(-1, 15, 60)


@pytest.mark.parametrize("miner", EVERY)
def test_no_photo_meets_itself_and_every_role_is_kept(
    miner: Miner, descriptors: Any, labels: Any, rng: np.random.Generator
) -> None:
    found = mine(descriptors, labels, miner, rng=rng)
    assert len(found) > 20
    assert found.dtype == np.int64
    assert (found[:, 0] != found[:, 1]).all()
    if found.shape[1] == 3:
        anchors, positives, negatives = labels[found].T
        assert (anchors == positives).all()
        assert (anchors != negatives).all()
        assert (anchors >= 0).all()
    assert ((labels[found] >= 0).any(axis=1)).all()


@pytest.mark.parametrize("name", [name for name in MINERS if name not in RANDOM])
def test_blocks_change_nothing(name: str, descriptors: Any, labels: Any, rng: np.random.Generator) -> None:
    miner = partial(MINERS[name], epoch=99) if "then" in name else MINERS[name]
    whole = miner(descriptors @ descriptors.T, labels, rng=rng)
    for block in (1, 7, 60, 512):
        np.testing.assert_array_equal(mine(descriptors, labels, miner, rng=rng, block=block), whole)


def test_random_pairs_keep_their_share_in_blocks(descriptors: Any, labels: Any, rng: np.random.Generator) -> None:
    found = mine(descriptors, labels, partial(MINERS["random-pairs"], share=0.8), rng=rng, block=16)
    positive = labels[found[:, 0]] == labels[found[:, 1]]
    assert len(np.unique(found, axis=0)) == len(found)
    assert 1 - positive.mean() == pytest.approx(0.8, abs=0.01)
    assert positive.sum() == sum(n * (n - 1) // 2 for n in np.unique(labels[labels >= 0], return_counts=True)[1])


def test_blocks_change_what_is_drawn_and_of_pairs_how_many(descriptors: Any, rng: np.random.Generator) -> None:
    """30 positive pairs want 9 negatives each; a block draws among those behind its own anchors: 8, 4, 0 at the end."""
    labels = np.repeat(np.arange(30), 2)
    for name, whole, blocks in (("random-pairs", 300, 300 - 1 - 5 - 9), ("random-negative", 60, 60)):
        found = [len(mine(descriptors, labels, MINERS[name], rng=rng, block=block)) for block in (60, 2)]
        assert found == [whole, blocks]


@pytest.mark.parametrize("miner", EVERY)
@pytest.mark.parametrize("labels", [[], [3], [-1, -1, -1]])
def test_where_there_is_nothing_nothing_is_found(
    miner: Miner, labels: list[int], descriptors: Any, rng: np.random.Generator
) -> None:
    found = mine(descriptors[: len(labels)], np.array(labels, np.int64), miner, rng=rng)
    assert found.shape in ((0, 2), (0, 3))


@pytest.mark.parametrize("miner", EVERY)
def test_one_instance_alone_has_pairs_but_no_triplets(miner: Miner, descriptors: Any, rng: np.random.Generator) -> None:
    found = mine(descriptors[:4], np.zeros(4, np.int64), miner, rng=rng)
    assert len(found) == (6 if found.shape[1] == 2 else 0)


@pytest.mark.parametrize("miner", EVERY)
def test_instances_with_one_photo_each_have_negatives_alone(
    miner: Miner, descriptors: Any, rng: np.random.Generator
) -> None:
    found = mine(descriptors[:4], np.arange(4), miner, rng=rng)
    hardest = getattr(miner, "__name__", "") == "hardest_pairs"
    assert len(found) == (12 if hardest else 0)


def test_the_memory_is_that_of_a_block(rng: np.random.Generator) -> None:
    """3000 × 3000 similarities would be 36 MB in float32; 64 anchors are under 1."""
    descriptors = rng.standard_normal((3000, 8)).astype(np.float32)
    labels = np.repeat(np.arange(1000), 3)
    tracemalloc.start()
    found = mine(descriptors, labels, MINERS["hardest"], rng=rng, block=64)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.shape == (6000, 3)
    assert peak < 8e6


def test_every_pair_miner_gives_pairs() -> None:
    assert set(PAIR_MINERS) == {name for name in MINERS if name.endswith("pairs")}


def test_odd_input_is_refused(descriptors: Any, labels: Any, rng: np.random.Generator) -> None:
    with pytest.raises(ShapeError, match=r"descriptors have shape \(60, 8\), labels \(59,\)"):
        mine(descriptors, labels[1:], MINERS["hardest"], rng=rng)
    with pytest.raises(ValueError, match="block is 0"):
        mine(descriptors, labels, MINERS["hardest"], rng=rng, block=0)
    descriptors[3] = np.nan
    with pytest.raises(ValueError, match="similarities hold NaN"):
        mine(descriptors, labels, MINERS["hardest"], rng=rng)
