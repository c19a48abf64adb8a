"""Dropout: shares, means and seeds are those of torch's own."""

from __future__ import annotations

import pytest
import torch

from resight.nn.networks.quick_dropout import QuickDropout

ONES = torch.ones(1000, 101)


@pytest.mark.parametrize("p", [0.0, 0.25, 0.5])
def test_the_share_that_is_dropped_is_p_and_the_mean_stays(p: float) -> None:
    torch.manual_seed(0)
    found = QuickDropout(p)(ONES)
    assert found.unique().tolist() == pytest.approx([*([0.0] if p else []), 1 / (1 - p)])
    dropped = float((found == 0).float().mean())
    assert dropped == pytest.approx(p, abs=5 * (0.25 / ONES.numel()) ** 0.5)
    assert (found == 0).float().mean(dim=0).std() < 0.03  # no column more than another


def test_what_is_dropped_has_no_gradient_and_follows_the_seed() -> None:
    dropout, values = QuickDropout(0.25), torch.randn(7, 5, requires_grad=True)
    torch.manual_seed(1)
    first = dropout(values)
    first.sum().backward()
    torch.manual_seed(1)
    assert torch.equal(dropout(values), first)
    assert not torch.equal(dropout(values), first)
    assert values.grad is not None
    assert torch.equal(values.grad, (first / values).detach())


def test_nothing_is_dropped_where_nothing_is_learned() -> None:
    assert QuickDropout(0.25).eval()(ONES) is ONES


@pytest.mark.parametrize("p", [-0.25, 1.0, 0.1])
def test_other_shares_are_refused(p: float) -> None:
    with pytest.raises(ValueError, match="wanted a multiple of 1/256"):
        QuickDropout(p)
