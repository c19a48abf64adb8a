"""Losses of a whole batch: every row is an anchor, and all others are its positives and negatives.

Embeddings are unit rows ``(n, d)``, so that an inner product is a cosine, and labels ``(n,)``; what is UNKNOWN is a
negative of every known thing and an anchor of nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor

from resight.nn.networks.precision import full_precision
from resight.types import UNKNOWN

from .rows import mean, relations


@full_precision
def multi_similarity(
    embeddings: Tensor,
    labels: Tensor,
    *,
    alpha: float = 2.0,
    beta: float = 50.0,
    base: float = 1.0,
    epsilon: float | None = 0.1,
) -> Tensor:
    """``1/n Σᵢ { 1/α log(1 + Σ_p e^(−α (s_ip − λ))) + 1/β log(1 + Σ_n e^(β (s_in − λ))) }``.

    Wang et al. 2019, *Multi-similarity loss*, equation 15 with λ = ``base``, over the pairs that equations 11 and 12
    keep: negatives above the least similar positive − ε, positives below the most similar negative + ε. ``epsilon``
    None keeps all. The n anchors are what is known, those of which no pair is kept among them. Raises ShapeError.
    """
    anchors = labels != UNKNOWN
    same, different = (each[anchors] for each in relations(embeddings, labels))
    similarities = embeddings[anchors] @ embeddings.T
    if epsilon is not None and len(labels):  # of no rows there is no least
        least = similarities.masked_fill(~same, torch.inf).amin(dim=1, keepdim=True)
        most = similarities.masked_fill(~different, -torch.inf).amax(dim=1, keepdim=True)
        same, different = same & (similarities < most + epsilon), different & (similarities > least - epsilon)
    positive = _log_one_plus_sum(-alpha * (similarities - base), same) / alpha
    negative = _log_one_plus_sum(beta * (similarities - base), different) / beta
    return mean(positive + negative)


@full_precision
def supervised_contrastive(embeddings: Tensor, labels: Tensor, *, temperature: float = 0.1) -> Tensor:
    """Mean over anchors with a positive of ``−1/|P| Σ_p log( e^(s_ip/τ) / Σ_(a≠i) e^(s_ia/τ) )``.

    Khosla et al. 2020, *Supervised contrastive learning*, equation 2 (L_out); they sum over the anchors. Raises
    ShapeError.
    """
    same, _ = relations(embeddings, labels)
    anchors = same.any(dim=1).nonzero().squeeze(1)
    same = same[anchors]
    logits = embeddings[anchors] @ embeddings.T / temperature
    itself = anchors[:, None] == torch.arange(len(embeddings), device=anchors.device)
    logs = logits - logits.masked_fill(itself, -torch.inf).logsumexp(dim=1, keepdim=True)
    return mean(-(logs * same).sum(dim=1) / same.sum(dim=1))


@full_precision
def smooth_ap(embeddings: Tensor, labels: Tensor, *, temperature: float = 0.01) -> Tensor:
    """1 − mean over anchors with a positive of their average precision, with a sigmoid G for the step of a rank.

    ``AP = 1/|P| Σ_(i∈P) (1 + Σ_(j∈P, j≠i) G(s_j − s_i)) / (1 + Σ_(j≠i) G(s_j − s_i))``, ``G(x) = 1/(1 + e^(−x/τ))``:
    Brown et al. 2020, *Smooth-AP*. Memory grows with the positive pairs times n. Raises ShapeError.
    """
    same, _ = relations(embeddings, labels)
    similarities = embeddings @ embeddings.T
    anchors, positives = same.nonzero(as_tuple=True)
    rows = similarities[anchors]
    above = torch.sigmoid((rows - rows.gather(1, positives[:, None])) / temperature)
    every = torch.arange(len(embeddings), device=anchors.device)
    above = above * ((every != anchors[:, None]) & (every != positives[:, None]))
    precisions = (1 + (above * same[anchors]).sum(dim=1)) / (1 + above.sum(dim=1))
    shares = 1 / same.sum(dim=1)[anchors]  # of its anchor's average precision
    return ((1 - precisions) * shares).sum() / max(int(same.any(dim=1).sum()), 1)


def _log_one_plus_sum(exponents: Tensor, mask: Tensor) -> Tensor:
    """``log(1 + Σ e^x)`` over the masked entries of each row, ``(n,)``, without overflow."""
    one = torch.zeros_like(exponents[:, :1])
    return torch.cat([one, exponents.masked_fill(~mask, -torch.inf)], dim=1).logsumexp(dim=1)
