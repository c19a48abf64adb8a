"""How long it takes to silence LeNet's 16 filters over MNIST's 60,000 digits: the importances of Ghosh et al. 2017.

    python benchmarks/digit_filters.py --output filters.md --json filters.json

Beside the plain way, which runs the whole network again for each filter, on the same digits. The network is drawn: what
it has learned takes no time. On as many threads as torch takes: OMP_NUM_THREADS.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from data.packs import shared
from running.command import QUICK, Report, launch, parser
from running.table import table

from resight.explain.classifiers.filter_ablation import Ablation, ablation
from resight.explain.filter_importance import nll
from resight.nn.augmentation.grey_preprocessing import GreyPreprocessing
from resight.nn.backbones.lenet import lenet
from resight.nn.networks.architectures import Network, behind, cut
from resight.recipes.digits import mnist
from resight.recipes.digits.maps import SILENCED
from resight.recipes.digits.mnist import Digits

BATCH: Final = 256

Way = Callable[[Network, Digits], Ablation]


def main(arguments: argparse.Namespace) -> Report:
    """Seconds of both ways, and how far their errors are apart."""
    learned, _ = mnist.read(shared() / "data" / "mnist")
    count = len(learned) // QUICK if arguments.quick else len(learned)
    digits = Digits(learned.images[:count], learned.labels[:count])
    network = lenet()
    seconds, found = {}, {}
    for name, way in (("silenced maps", silenced), ("whole network for each filter", plain)):
        start = time.perf_counter()
        found[name] = way(network, digits)
        seconds[name] = time.perf_counter() - start
    apart = max(float(np.abs(a.silenced - b.silenced).max()) for a in found.values() for b in found.values())
    rows = [(name, f"{taken:.1f}", f"{16 * count / taken:,.0f}") for name, taken in seconds.items()]
    title = f"### 16 filters of LeNet over {count:,} digits, {torch.get_num_threads()} threads"
    markdown = (
        f"{title}\n\n{table(('', 's', 'silenced digits/s'), rows)}\nLargest difference of an error: {apart:.1e}.\n"
    )
    return Report(markdown, {"digits": count, "threads": torch.get_num_threads(), "seconds": seconds, "apart": apart})


def silenced(network: Network, digits: Digits) -> Ablation:
    """The product's way."""
    return ablation(network, SILENCED, digits.images, digits.labels, GreyPreprocessing(), error=nll, batch=BATCH)


def plain(network: Network, digits: Digits) -> Ablation:
    """One pass over all digits for each filter."""
    front, rest = cut(network, SILENCED), behind(network, SILENCED)
    errors = []
    for filter in (None, *range(16)):
        scores = []
        for start in range(0, len(digits), BATCH):
            with torch.inference_mode():
                maps = front(
                    GreyPreprocessing().plain(torch.from_numpy(digits.images[start : start + BATCH].copy()))[0]
                )
                if filter is not None:
                    maps[:, filter] = 0
                scores.append(rest(maps).numpy())
        errors.append(nll(np.concatenate(scores), digits.labels))
    return Ablation(errors[0], np.stack(errors[1:]))


if __name__ == "__main__":
    launch(parser(__doc__ or ""), main)
