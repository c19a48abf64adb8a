"""The dicts of losses: one name each, and all reachable by it."""

from __future__ import annotations

from resight.nn.losses import BATCH, CLASSIFICATION, LOSSES, PAIR, REGION, TUPLE


def test_every_loss_has_one_name() -> None:
    kinds = (CLASSIFICATION, REGION, PAIR, TUPLE, BATCH)
    assert len(LOSSES) == sum(map(len, kinds)) == len(set(LOSSES.values()))
    assert LOSSES.keys() == {name for kind in kinds for name in kind}
