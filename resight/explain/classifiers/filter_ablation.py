"""Filters silenced one after another: the network runs once, only what lies behind the silenced map again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from resight.explain.filter_importance import Error
from resight.nn.augmentation.preprocessing import Pipeline
from resight.nn.networks.architectures import Network, behind, cut
from resight.nn.networks.modes import evaluating
from resight.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Ablation:
    """Errors of each photo: ``intact (n,)`` with all filters, ``silenced (c, n)`` with each one missing."""

    intact: Array
    silenced: Array


def ablation(
    network: Network,
    layer: str,
    photos: Array,
    labels: Array,
    preprocessing: Pipeline,
    *,
    error: Error,
    batch: int = 256,
    rows: int = 4096,
) -> Ablation:
    """Runs the network without each filter of the map behind ``layer`` (Ghosh et al. 2017, section 2).

    A filter is silenced by zeroing its map there. ``photos`` are what the preprocessing takes, ``labels (n,)`` from 0;
    ``rows`` is how many maps are sent through the layers behind at once. Raises ModelError for an unknown layer.
    """
    device = next(network.parameters()).device
    parts = []
    with evaluating(network):
        front, rest = cut(network, layer), behind(network, layer)
        for start in range(0, len(photos), batch):
            chunk = slice(start, start + batch)
            with torch.inference_mode():
                maps = front(preprocessing.plain(torch.from_numpy(np.array(photos[chunk])).to(device))[0])
                answers = rest(maps)[None], *_silenced(rest, maps, rows)
            parts.append(error(torch.cat(answers).cpu().numpy(), labels[chunk]))
    errors = np.concatenate(parts, axis=1)
    return Ablation(errors[0], errors[1:])


def _silenced(rest: nn.Module, maps: Tensor, rows: int) -> list[Tensor]:
    """Scores ``(f, b, k)`` without each of ``f`` filters, for as many filters at once as there is room for."""
    photos, filters = maps.shape[:2]
    found = []
    each = torch.arange(filters, device=maps.device)
    for missing in torch.split(each, max(1, rows // photos)):
        kept = (each != missing[:, None]).to(maps.dtype)
        several = maps * kept.reshape(len(missing), 1, filters, *[1] * (maps.ndim - 2))
        found.append(rest(several.flatten(0, 1)).unflatten(0, (len(missing), photos)))
    return found
