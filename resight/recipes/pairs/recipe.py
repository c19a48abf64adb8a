"""The pairs recipe: a classifier, its descriptors, and a similarity network that tells which pairs are of one class.

Source: *Image similarity network* 2020. How it is read where it leaves a choice stands in docs/papers.md; what of that
its figures rest on, in :data:`resight.recipes.pairs.report.READINGS`, which the report has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.errors import DatasetError
from resight.features.similarity_network import SYMMETRIC, SimilarityNetwork, averaged
from resight.io.cached_result import write_text
from resight.progress import Interrupted, Job, Progress
from resight.training.config import configured
from resight.training.history import History
from resight.training.interruption import Stop, StopRequested, until_stopped
from resight.training.ranges import require_within
from resight.types import Array

from . import classifier as step_one
from . import report as pages
from . import similarity as step_two
from .benchmark import TestPairs, hardest, judge
from .classifier import Classifier, OpenedData
from .config import GROUPS, LEFT_OUT, OF_PAIRS, PairsConfig, forms
from .frozen_features import described

if TYPE_CHECKING:
    from resight.nn.networks.architectures import Network

PAPER: Final[dict[str, dict[str, Any]]] = {
    "resnet50": {"accuracy": 0.8651, "cases": (0.8336, 0.9222, 0.8427, 0.7425, 0.6956)},
    "vgg16": {"accuracy": 0.8254, "cases": (0.8340, 0.8385, 0.7347, 0.8300, 0.5689)},
}
"""Section 6 and Table 2."""

STANDS_FOR: Final = {"cpu-resnet": "resnet50", "cpu-vgg": "vgg16", "reduced-resnet18": "resnet50"}
"""Forms of the paper that smaller ones stand for."""

ASKED: Final = 1 << 15
"""Pairs that are asked about between two looks at whether an end is asked for."""

ROUNDS: Final = 200
"""Resamples of an interval."""


@dataclass(frozen=True, slots=True, eq=False)
class PairsForm:
    """A form that has learned: its name, classifier, descriptors ``(n, d)``, and what came of step two."""

    name: str
    config: PairsConfig
    classifier: Classifier
    descriptors: Array
    network: SimilarityNetwork
    course: History


def run(
    data: Path,
    work: Path,
    *,
    config: str = "paper",
    weights: Path | None = None,
    settings: Sequence[str] = (),
    stop: Stop = lambda: False,
) -> Job[dict[str, Any] | Interrupted]:
    """Learn both steps on a data set with the splits train and val, and test on pairs of val.

    ``config`` is a name of CONFIGS or GROUPS, and ``settings`` are ``key=value`` onto each form. ``weights`` is a
    folder with the networks' weights to start from. ``work`` keeps decoded photos, checkpoints, descriptors, pairs.html
    and figures.json; the same command goes on from there. Raises TrainingError for unknown names and numbers out of
    range, DatasetError, ModelError, and MissingExtra without torch or matplotlib.
    """
    how = {name: configured(each, settings) for name, each in forms(config).items()}
    for each in how.values():
        require_within(each)
        step_two.require_known(each.input, each.pairs_of)
    files = {name: step_one.require(each, weights) for name, each in how.items()}
    pages.require()
    try:
        opened = yield from step_one.opened(data, work, next(iter(how.values())).album, stop)
        found = []
        for name, each in how.items():
            found.append((yield from _form(opened, work, name, each, files[name], stop)))
        return (yield from _reported(opened, found, config, work, stop))
    except StopRequested:
        return Interrupted(work)


def _form(
    opened: OpenedData, work: Path, name: str, config: PairsConfig, file: Path | None, stop: Stop
) -> Job[PairsForm]:
    classifier = yield from step_one.learn(opened, work, name, config, file, stop)
    made_of = {**classifier.identity, "layer": config.layer, "numbers": _digest(classifier.network)}
    front = _describing(classifier.network, config.layer)
    folder = work / f"{name}-similarity"
    job = described(front, classifier.photos, classifier.preprocessing, folder / "descriptors.npy", made_of, bf16=False)
    rows = yield from until_stopped(job, stop)
    network, course = yield from step_two.learn(rows, classifier.classes, config, folder, made_of, stop)
    return PairsForm(name, config, classifier, rows, network, course)


def _describing(network: Network, layer: str) -> Network:
    from resight.nn.networks.architectures import cut

    return cut(network, layer).eval()


def _digest(network: Network) -> str:
    """SHA-256 of a network's numbers."""
    total = hashlib.sha256()
    for leaf in network.state_dict().values():
        total.update(leaf.cpu().numpy().tobytes())
    return total.hexdigest()


def _reported(opened: OpenedData, found: Sequence[PairsForm], name: str, work: Path, stop: Stop) -> Job[dict[str, Any]]:
    first = found[0].config
    try:
        tested = TestPairs.drawn(
            opened.labels, opened.tested, found[0].classifier.classes.unseen, each=first.tested, seed=first.seed
        )
    except ValueError as error:
        raise DatasetError(f"there are no pairs to test on: {error}") from error
    said: dict[str, Array] = {}
    for form in found:
        said[form.name] = yield from until_stopped(_asked(form, tested), stop)
    if len(found) > 1:
        said["averaged"] = averaged(list(said.values()))
        joint = yield from _joint(found, work, stop)
        said["joint"] = yield from until_stopped(_asked(joint, tested), stop)
    judged = {}
    for number, (each, log_odds) in enumerate(said.items(), 1):
        judged[each] = judge(log_odds, tested, rounds=ROUNDS, seed=first.seed)
        yield Progress("intervals", number, len(said))
    report = {
        "config": name,
        "forms": [_told(form, judged[form.name]) for form in found],
        "ensembles": {each: judged[each] for each in ("averaged", "joint") if each in judged},
        "left_out": list(LEFT_OUT) if name in ("cpu", *GROUPS["cpu"]) else [],
        "note": "a network that starts from weights of ImageNet has seen the unseen classes",
    }
    write_text(work / "figures.json", json.dumps(report, indent=1))
    courses = {form.name: (form.classifier.history, form.course) for form in found}
    shown = hardest(said[found[0].name], tested)
    pages.write(report, courses, said, tested, opened.album.pixels, shown, work / "pairs.html")
    return report


def _joint(found: Sequence[PairsForm], work: Path, stop: Stop) -> Job[PairsForm]:
    """A similarity network of both forms' descriptors at once."""
    first = found[0]
    rows = side_by_side([form.descriptors for form in found])
    made_of = {form.name: {**form.classifier.identity, "numbers": _digest(form.classifier.network)} for form in found}
    network, course = yield from step_two.learn(
        rows, first.classifier.classes, first.config, work / "joint-similarity", made_of, stop
    )
    return PairsForm("joint", first.config, first.classifier, rows, network, course)


def side_by_side(descriptors: Sequence[Array]) -> Array:
    """Descriptors ``(n, d_i)`` of several forms as one, ``(n, Σ d_i)`` float16, of which none outweighs another.

    A row is as long as those of the first form are, in the mean of squares: the rate of descent is one for such.
    """
    size = [float(np.sqrt(np.mean([np.square(row, dtype=np.float32).sum() for row in each]))) for each in descriptors]
    scales = [size[0] / (each or 1.0) / np.sqrt(len(size)) for each in size]
    return np.concatenate(
        [(each * np.float32(scale)).astype(np.float16) for each, scale in zip(descriptors, scales, strict=True)], axis=1
    )


def _asked(form: PairsForm, tested: TestPairs) -> Job[Array]:
    """The log odds of all test pairs ``(p,)``; each pair is asked once, whatever its order, where that is the same."""
    pairs = tested.pairs
    places = np.arange(len(pairs))
    rows = pairs.rows
    if form.config.input in SYMMETRIC:
        _, first, places = np.unique(pairs.keys, return_index=True, return_inverse=True)
        rows = rows[first]
    found = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), ASKED):
        some = rows[start : start + ASKED]
        found[start : start + ASKED] = form.network.log_odds(*(form.descriptors[some[:, side]] for side in (0, 1)))
        yield Progress(f"test pairs, {form.name}", start + len(some), len(rows))
    return found[places]


def _told(form: PairsForm, judged: Mapping[str, Any]) -> dict[str, Any]:
    paper = PAPER.get(STANDS_FOR.get(form.name, form.name))
    settings = {name: getattr(form.config, name) for name in (*OF_PAIRS, "momentum")}
    verdicts = form.course.verdicts(form.course.scores, cosine=None)
    return {
        "name": form.name,
        "classifier": form.classifier.report,
        "similarity": {
            **judged,
            "paper": paper,
            "validated": form.course.scores[-1] if form.course.scores else None,
            "verdicts": [verdict.to_dict() for verdict in verdicts],
            "settings": settings,
        },
        "settings": asdict(form.config),
    }
