"""Verification by RootSIFT beside ALIKED, as kornia has it, with mutual matching: how well, and how fast.

    pip install kornia==0.9.0
    python benchmarks/verify_learned.py --weights aliked_n16.safetensors aliked_n16rot.safetensors --output learned.md

Pairs are those of benchmarks/verify.py, fewer: ASKED queries of each pack, spread over it, each with the references of
its thing and the NEAR nearest of others. ALIKED (Zhao et al. 2023) sees photos at 1,024 pixels and keeps 2,048 points,
the defaults of hloc; mutual nearest neighbours are checked by a homography (OpenCV's MAGSAC++, 3 pixels), and a pair's
score is the number of its inliers. RootSIFT, "points", is the part of `resight verify` that counts points, and "all" is
its answer. Each is timed on the same pairs by turns, from decoded photos to the score, on one thread of torch. Weights
are read from files with the authors' names of layers; nothing is fetched.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from data.packs import Pack, pack, photo_of
from running.command import QUICK, Report, launch, parser
from running.progress import meter
from running.table import figure, table

from resight.errors import MissingExtra
from resight.io import images
from resight.io.datasets.dataset import Entry
from resight.metrics.pairs import auc, missed_at, pair_figure
from resight.recognition.verifier import SeenPhoto, Verifier
from resight.search.describe import extract
from resight.types import Array, Image
from resight.verification.fusion import PARTS

PACKS: Final = ("museum", "sf-buildings", "groceries")
ASKED, NEAR, TIMED, ROUNDS = 45, 3, 6, 300
LONG_SIDE, POINTS, ASTRAY = 1024, 2048, 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A query and a reference, and both things' numbers."""

    query: Entry
    reference: Entry
    ends: tuple[int, int]


class Aliked:
    """ALIKED of kornia with weights of a file, and mutual matching."""

    def __init__(self, weights: Path) -> None:
        torch, features = _peers()
        from safetensors.torch import load_file

        self.name = weights.stem.replace("_", "-")
        self._torch = torch
        network = features.ALIKED(self.name, max_num_keypoints=POINTS, detection_threshold=0.0)
        grid = {name: leaf for name, leaf in network.state_dict().items() if name.endswith("hw_grid")}  # no weight
        network.load_state_dict(grid | {name: leaf.float() for name, leaf in load_file(weights).items()})
        self._network = network.eval()
        self._match = features.match_mnn

    def seen(self, photo: Image) -> tuple[Array, Any]:
        """Points ``(n, 2)``, in pixels of the photo as it is seen, and their descriptors."""
        small = images.resize(photo, images.fit((photo.shape[1], photo.shape[0]), LONG_SIDE, enlarge=False))
        batch = self._torch.from_numpy(small.copy()).permute(2, 0, 1)[None].float() / 255
        with self._torch.inference_mode():
            [found] = self._network(batch)
        return found.keypoints.numpy(), found.descriptors

    def score(self, first: tuple[Array, Any], second: tuple[Array, Any]) -> float:
        """Number of matches that agree on one homography."""
        with self._torch.inference_mode():
            rows = self._match(first[1], second[1])[1].numpy()
        if len(rows) < 4:
            return 0.0
        points = (first[0][rows[:, 0]], second[0][rows[:, 1]])
        _, inliers = cv2.findHomography(*points, cv2.USAC_MAGSAC, ASTRAY)
        return 0.0 if inliers is None else float(inliers.sum())


def _peers() -> tuple[Any, Any]:
    try:
        import kornia.feature as features
        import torch
    except ModuleNotFoundError as error:
        raise MissingExtra("ALIKED", error.name or "kornia", "train") from error
    torch.set_num_threads(1)
    return torch, features


def main(arguments: argparse.Namespace) -> Report:
    """The tables of all packs that were named."""
    peers = [Aliked(file) for file in arguments.weights]
    rows, costs, data = [], [], {}
    for name in arguments.packs:
        asked, verifier = pack(name), Verifier.open()
        pairs = _pairs(asked, verifier, ASKED // QUICK if arguments.quick else ASKED)
        scores = _scores(asked, pairs, verifier, peers)
        ends = np.array([pair.ends for pair in pairs])
        same = ends[:, 0] == ends[:, 1]
        rows += [_row(name, system, each, same, ends) for system, each in scores.items()]
        costs += _costs(name, pairs, verifier, peers)
        data[name] = {
            "same": same.tolist(),
            "ends": ends.tolist(),
            "scores": {k: v.tolist() for k, v in scores.items()},
        }
    parts = [
        table(("pack", "by", "true pairs", "false", "AUC", "FNMR at 1 %"), rows),
        table(("pack", "by", "pair, ms", "times as long as resight verify"), costs),
    ]
    return Report("\n".join(parts), data)


def _pairs(asked: Pack, verifier: Verifier, count: int) -> list[Pair]:
    known = [entry for entry in asked.queries if asked.answers(entry)]
    chosen = [known[place] for place in np.linspace(0, len(known) - 1, min(count, len(known))).astype(int)]
    tell = meter(f"{asked.name}, descriptors")
    rows: dict[str, Any] = {}
    house = [encoder for encoder in verifier.encoders if encoder.source == "house"]
    for done, entry in enumerate([*asked.references, *chosen], 1):
        rows[entry.name] = verifier.everyday_row(extract(photo_of(entry), house))
        tell(done, len(asked.references) + len(chosen))
    numbers = {
        label: place for place, label in enumerate(sorted({e.label or "" for e in [*asked.references, *chosen]}))
    }
    found = []
    for query in chosen:
        counted = [entry for entry in asked.references if entry.name not in query.ignore]
        own = [entry for entry in counted if entry.label in query.labels]
        others = [entry for entry in counted if entry.label not in query.labels]
        others.sort(key=lambda entry: -float(rows[entry.name] @ rows[query.name]))
        thing = numbers[query.label or ""]
        found += [Pair(query, entry, (thing, thing)) for entry in own[:NEAR]]
        found += [Pair(query, entry, (thing, numbers[entry.label or ""])) for entry in others[:NEAR]]
    return found


def _scores(asked: Pack, pairs: Sequence[Pair], verifier: Verifier, peers: Sequence[Aliked]) -> Mapping[str, Array]:
    entries = {entry.name: entry for pair in pairs for entry in (pair.query, pair.reference)}
    ours: dict[str, SeenPhoto] = {}
    theirs: dict[tuple[str, str], Any] = {}
    tell = meter(f"{asked.name}, photos")
    for done, (name, entry) in enumerate(entries.items(), 1):
        photo = photo_of(entry).image
        ours[name] = verifier.extract(photo)
        for peer in peers:
            theirs[peer.name, name] = peer.seen(photo)
        tell(done, len(entries))
    tell, found = meter(f"{asked.name}, pairs"), []
    for done, pair in enumerate(pairs, 1):
        evidence = verifier.evidence(ours[pair.query.name], ours[pair.reference.name]).values
        said = [evidence[PARTS.index("points")], float(verifier.model.fusion.scores(evidence))]
        said += [peer.score(*(theirs[peer.name, one.name] for one in (pair.query, pair.reference))) for peer in peers]
        found.append(said)
        tell(done, len(pairs))
    names = ("RootSIFT, points", "resight verify, all", *(f"{peer.name}, mutual" for peer in peers))
    return dict(zip(names, np.array(found).T, strict=True))


def _row(name: str, system: str, scores: Array, same: Array, ends: Array) -> Sequence[str]:
    rng = np.random.default_rng(0)
    figures = [figure(pair_figure(what, scores, same, ends, rng=rng, rounds=ROUNDS)) for what in (auc, missed_at(0.01))]
    return name, system, f"{same.sum():,}", f"{(~same).sum():,}", *figures


def _costs(name: str, pairs: Sequence[Pair], verifier: Verifier, peers: Sequence[Aliked]) -> list[Sequence[str]]:
    """Milliseconds of a pair from decoded photos to the score, by turns."""
    ways: dict[str, Callable[[Image, Image], object]] = {
        "resight verify": lambda first, second: verifier.verify(first, second, keep_evidence=False)
    }
    for peer in peers:
        ways[peer.name] = lambda first, second, peer=peer: peer.score(peer.seen(first), peer.seen(second))
    taken = []
    for pair in pairs[:: max(1, len(pairs) // TIMED)][:TIMED]:
        photos = photo_of(pair.query).image, photo_of(pair.reference).image
        one = []
        for way in ways.values():
            began = time.perf_counter()
            way(*photos)
            one.append(1000 * (time.perf_counter() - began))
        taken.append(one)
    each, ratios = np.median(taken, axis=0), np.median(np.array(taken) / np.array(taken)[:, :1], axis=0)
    return [(name, way, f"{cost:.0f}", f"{ratio:.2f}") for way, cost, ratio in zip(ways, each, ratios, strict=True)]


def _arguments() -> argparse.ArgumentParser:
    options = parser(__doc__ or "", packs=PACKS)
    said = "ALIKED's weights as safetensors, called as kornia calls them with _ for -"
    options.add_argument("--weights", nargs="+", type=Path, required=True, metavar="FILE", help=said)
    return options


if __name__ == "__main__":
    launch(_arguments(), main)
