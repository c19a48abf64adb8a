"""How fast maps, objects and the map of explanations are, each beside what one would do without resight, in one run.

    OMP_NUM_THREADS=2 python benchmarks/interpretation.py --output interpretation.md

Grad-CAM maps of a batch, with the scores and what D_short is made of, beside a plain pass forward and backward of the
same batch. Objects of photos of 513 × 513 pixels by OpenVINO beside the same network in torch, and on how many pixels
both agree; the photos are those of the pack of ordinary photos. t-SNE of scikit-learn beside openTSNE where that is
installed, with the trustworthiness of both. A redraw of the page with 5,000 thumbnails in headless Chromium, where
Playwright is installed. All in turns, so that all see the same machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from data.packs import shared
from running.command import QUICK, Report, launch, parser
from running.progress import meter
from running.table import table

from resight.explain.classifiers.class_map_batches import class_maps
from resight.interpretation.embedding import embed
from resight.interpretation.segmentation import deeplab, deeplab_in_torch
from resight.interpretation.thumbnail_map import MappedExplanations, page
from resight.io import images
from resight.io.datasets.dataset import unlabelled_photos
from resight.nn.networks.place_classifiers import PAPER, place_classifier
from resight.types import Array

BATCH: Final = 16
SIDE: Final = 112
"""Photos of a batch, and their side: those of the "cpu" settings."""

SEGMENTED: Final = 513
POINTS: Final = 5000
ROWS: Final = 1000
"""Side of a photo whose objects are named; points on the page; rows that are embedded."""

WEIGHTS: Final = "deeplabv3plus_mnv2_ade20k.safetensors"


def main(arguments: argparse.Namespace) -> Report:
    """All four measurements."""
    turns = max(arguments.turns // QUICK, 2) if arguments.quick else arguments.turns
    maps, objects = _maps(turns), _objects(turns)
    points, redraw = _points(arguments.quick), _redraw()
    rows = [(name, f"{found['plain']:.0f}", f"{found['maps']:.0f}", f"{found['ratio']:.2f}") for name, found in maps]
    parts = [
        f"### Grad-CAM of {BATCH} photos of {SIDE} pixels, ms\n",
        table(("network", "forward and backward", "maps", "times as fast"), rows),
        "" if objects is None else _told(objects),
        f"### t-SNE of {points['rows']} rows of 50\n",
        table(("library", "s", "trustworthiness"), points["found"]),
        "" if redraw is None else f"A redraw of the page with {POINTS:,} thumbnails takes {redraw:.1f} ms (median).\n",
    ]
    data = {"maps": dict(maps), "objects": objects, "points": points, "redraw": redraw}
    return Report("\n".join(parts), data)


def _told(found: Mapping[str, float]) -> str:
    return (
        f"Objects of {found['photos']} photos of {SEGMENTED} pixels: {found['openvino']:.2f} photos a second by "
        f"OpenVINO, {found['torch']:.2f} by torch, {found['ratio']:.2f} times as fast; they agree on "
        f"{found['agreement']:.2%} of pixels, on {found['least']:.2%} at least of a photo.\n"
    )


def _maps(turns: int) -> list[tuple[str, dict[str, float]]]:
    """Milliseconds of both passes by network, medians, and the median of each turn's ratio."""
    found, tell = [], meter("maps")
    generator = torch.Generator().manual_seed(0)
    photos = torch.randn(BATCH, 3, SIDE, SIDE, generator=generator)
    labels = torch.arange(BATCH) % 2
    for done, name in enumerate(PAPER, 1):
        model = place_classifier(name, 2, side=SIDE, hidden=512)
        network, layer = model.network, model.layer

        def plain(network: Any = network) -> None:
            network.zero_grad()
            network(photos).gather(1, labels[:, None]).sum().backward()

        def mapped(network: Any = network, layer: str = layer) -> None:
            class_maps(network, photos, labels, layer=layer)

        taken = 1000 * np.array([[_seconds(plain), _seconds(mapped)] for _ in range(turns + 1)][1:])
        medians = np.median(taken, axis=0)
        ratio = float(np.median(taken[:, 0] / taken[:, 1]))
        found.append((name, {"plain": float(medians[0]), "maps": float(medians[1]), "ratio": ratio}))
        tell(done, len(PAPER))
    return found


def _objects(turns: int) -> dict[str, float] | None:
    """Photos a second of both, and the share of pixels that they agree on; None without the weights."""
    weights = shared() / "weights" / WEIGHTS
    if not weights.is_file():
        return None
    with tempfile.TemporaryDirectory() as folder:
        segmenter, plain = deeplab(weights, Path(folder)), deeplab_in_torch(weights)
        taken, agreed, tell = [], [], meter("objects")
        photos = _photos(turns + 1)
        for done, photo in enumerate(photos, 1):
            began = time.perf_counter()
            ours = segmenter.run(photo[None])[0].argmax(axis=0)
            between = time.perf_counter()
            with torch.inference_mode():
                theirs = plain(torch.from_numpy(photo[None].astype(np.float32)))[0].argmax(dim=0).numpy()
            taken.append((between - began, time.perf_counter() - between))
            agreed.append(float((ours == theirs).mean()))
            tell(done, len(photos))
    ours, theirs = np.array(taken[1:]).T
    return {
        "photos": len(ours),
        "openvino": float(1 / np.median(ours)),
        "torch": float(1 / np.median(theirs)),
        "ratio": float(np.median(theirs / ours)),
        "agreement": float(np.mean(agreed)),
        "least": min(agreed),
    }


def _photos(count: int) -> list[Array]:
    entries = unlabelled_photos(shared() / "data" / "photos").entries
    some = [entries[row % len(entries)] for row in range(count)]
    return [images.resize(entry.photo(long_side=SEGMENTED).image, (SEGMENTED, SEGMENTED)) for entry in some]


def _points(quick: bool) -> dict[str, Any]:
    """Seconds and trustworthiness of the libraries on descriptors of ten heaps."""
    count = ROWS // QUICK if quick else ROWS
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 10
    rows = 3 * rng.standard_normal((10, 50))[labels] + rng.standard_normal((count, 50))
    embed(rows[:30], labels[:30], perplexity=5, seed=0)  # the first call loads what all others need
    began = time.perf_counter()
    own = embed(rows, labels, perplexity=30, seed=0)
    found = [("scikit-learn", f"{time.perf_counter() - began:.1f}", f"{own.trustworthiness:.3f}")]
    if find_spec("openTSNE") is not None:
        from openTSNE import TSNE
        from sklearn.manifold import trustworthiness

        began = time.perf_counter()
        points = np.asarray(TSNE(perplexity=30, random_state=0, n_jobs=1).fit(rows))
        seconds = time.perf_counter() - began
        found.append(("openTSNE", f"{seconds:.1f}", f"{trustworthiness(rows, points, n_neighbors=12):.3f}"))
    return {"rows": count, "found": found}


def _redraw() -> float | None:
    """Milliseconds of a redraw of the page, the median of thirty; None without a browser."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None or find_spec("playwright") is None:
        return None
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "map.html"
        file.write_text(page(_mapped(POINTS), "Map"), encoding="utf-8")
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=browser, args=root)
        tab = opened.new_page(viewport={"width": 1400, "height": 900})
        tab.goto(file.as_uri())
        tab.wait_for_selector("body[data-ready=yes]")
        taken = tab.evaluate(
            "[...Array(30)].map((_, turn) => { const began = performance.now(); view.x += turn % 2 ? 9 : -9; draw();"
            "pen.getImageData(0, 0, 1, 1); return performance.now() - began; })"
        )
        opened.close()
    return float(np.median(taken))


def _mapped(count: int) -> MappedExplanations:
    rng = np.random.default_rng(0)
    photos = np.broadcast_to(rng.integers(0, 256, (count, 1, 1, 3)).astype(np.uint8), (count, 8, 8, 3))
    kinds = np.arange(count) % 5
    names = [f"photo {row}" for row in range(count)]
    points = rng.standard_normal((count, 2))
    return MappedExplanations(points, photos, photos, names, kinds, kinds, kinds, list("abcde"), list("fghij"))


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _arguments() -> argparse.ArgumentParser:
    options = parser(__doc__ or "")
    options.add_argument("--turns", type=int, default=20, help="turns of either, and photos; by default 20")
    return options


if __name__ == "__main__":
    launch(_arguments(), main)
