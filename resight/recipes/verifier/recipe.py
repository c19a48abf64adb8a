"""The verifier recipe: how much each part of a comparison counts, and the similarity network, on everyday photos alone.

Things are everyday photos, and sister products that are composed of such; each is seen in simulated views. The network
learns from the house encoder's descriptors of some photos; the fusion is fitted to pairs of the others and of sisters:
each view with its photo, with the photos nearest to it by descriptor, which are sisters of a sister, and with one that
is drawn. What it is worth is told by two fits, each judged by the other's things.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from resight.calibration.simulated_views import view
from resight.calibration.sister_products import sisters
from resight.errors import DatasetError, PhotoError, torch_wanted
from resight.features.encoder import DEFAULT, encoders
from resight.features.similarity_network import SimilarityNetwork, sigmoid
from resight.io.cached_result import require_place, write_text
from resight.io.datasets.dataset import unlabelled_photos
from resight.io.datasets.preflight import DatasetRead, Outset, PhotosLeftOut
from resight.io.files import write_whole
from resight.io.images import Photo
from resight.metrics.likelihood_ratio import cllr, cllr_min
from resight.metrics.pairs import auc, missed_at, pair_figure
from resight.metrics.reliability import ece
from resight.progress import Job, Progress
from resight.recognition.pair_model import INPUT, PairModel, shipped_heads
from resight.recognition.verifier import SeenPhoto, Verifier
from resight.runtimes import processors
from resight.search.describe import extract
from resight.training.ranges import require_within
from resight.training.verifier.fusion_fitting import fit_fusion
from resight.types import Array, Image
from resight.verification.fusion import PARTS, Fusion

from .config import VerifierConfig

ROUNDS: Final = 200
T = TypeVar("T")


def run(folder: Path, output: Path, config: VerifierConfig | None = None) -> Job[dict[str, Any]]:
    """Fit on the photos of ``folder`` and write fusion.json and network.npz into ``output``.

    Raises TrainingError for a setting out of its range and where nothing can be written, DatasetError where the folder
    holds fewer photos than are drawn, MissingExtra without torch.
    """
    config = config or VerifierConfig()
    require_within(config)
    with torch_wanted("training"):
        import torch  # noqa: F401
    require_place(output / "fusion.json")
    rng = np.random.default_rng(config.seed)
    photos = yield from _sample(folder, config.learned + config.fitted + config.backdrops, rng)
    backdrops, things = photos[: config.backdrops], photos[config.backdrops :]
    seeds = rng.integers(2**32, size=len(things)).tolist()
    shown = [_Thing(photo, tuple(backdrops), seed, config.views) for photo, seed in zip(things, seeds, strict=True)]
    shown += _sister_products(backdrops, config, rng)
    made, heads = encoders(DEFAULT), shipped_heads()
    blank = Verifier(made, heads, PairModel(_UNFITTED, None))
    rows: list[Array] = []
    for number, described in enumerate(_in_threads(lambda thing: _rows(thing, blank), shown[: config.learned]), 1):
        rows += described
        yield Progress("descriptors", number, config.learned)
    network = yield from _network(np.stack(rows), config)
    verifier = Verifier(made, heads, PairModel(_UNFITTED, network))
    asked: list[_Asked] = []
    for photos_of_thing in _in_threads(lambda thing: _seen(thing, verifier), shown[config.learned :]):
        asked.append(photos_of_thing)
        yield Progress("photos", len(asked), len(shown) - config.learned)
    evidence, same, ends = yield from _compared(verifier, asked, _labels(config), config, rng)
    fusion, report = fit_fusion(evidence, same), judged(evidence, same, ends, seed=config.seed)
    content = {**fusion.to_dict(), "fitted_on": report, "settings": asdict(config)}
    write_text(output / "fusion.json", json.dumps(content, indent=1) + "\n")
    _write(network, output / "network.npz")
    yield Progress("fit", 1, 1)
    return report


_UNFITTED: Final = Fusion(np.zeros(len(PARTS)), np.ones(len(PARTS)), np.zeros(len(PARTS)), 0.0, 1, 1)
_Asked = list[SeenPhoto]


@dataclass(frozen=True, slots=True, eq=False)
class _Thing:
    photo: Image
    backdrops: tuple[Image, ...]
    seed: int
    views: int

    def photos(self) -> list[Image]:
        """The photo, then its views."""
        rng = np.random.default_rng(self.seed)
        return [self.photo, *(view(self.photo, self.backdrops, rng) for _ in range(self.views))]


def _sister_products(backdrops: Sequence[Image], config: VerifierConfig, rng: np.random.Generator) -> list[_Thing]:
    """Products of one design after the other, drawn with pictures of the backdrops."""
    fronts = [front for _ in range(config.families) for front in sisters(backdrops, rng, config.sisters)]
    seeds = rng.integers(2**32, size=len(fronts)).tolist()
    return [_Thing(front, tuple(backdrops), seed, config.views) for front, seed in zip(fronts, seeds, strict=True)]


def _labels(config: VerifierConfig) -> Array:
    """A number for each thing that the fusion is fitted to, odd or even alike for all products of a family."""
    families = np.repeat(np.arange(config.families), config.sisters)
    first = config.fitted + config.fitted % 2
    return np.concatenate([np.arange(config.fitted), first + 2 * np.arange(len(families)) + families % 2])


def _sample(folder: Path, count: int, rng: np.random.Generator) -> Job[list[Image]]:
    dataset = unlabelled_photos(folder)
    yield DatasetRead.of(Outset(survey=dataset.survey), len(dataset.entries))
    found: list[Image] = []
    unread: list[str] = []
    for place in rng.permutation(len(dataset.entries)).tolist():
        if len(found) == count:
            break
        try:
            found.append(dataset.entries[place].photo().image)
        except PhotoError as error:
            unread.append(f"{dataset.entries[place].name}: {error}")
        yield Progress("photos read", len(found), count)
    if len(found) < count:
        raise DatasetError(f"{folder} holds {len(found)} photos that can be read, wanted {count}: add some")
    yield PhotosLeftOut.of(tuple(unread), count)
    return found


def _seen(thing: _Thing, verifier: Verifier) -> _Asked:
    return [verifier.seen(extract(Photo.of(image), verifier.encoders)) for image in thing.photos()]


def _rows(thing: _Thing, verifier: Verifier) -> list[Array]:
    """Descriptors of a thing's photo and views, by the house encoder alone."""
    house = [each for each in verifier.encoders if each.source == "house"]
    rows = [verifier.everyday_row(extract(Photo.of(image), house)) for image in thing.photos()]
    return [row for row in rows if row is not None]


def _in_threads(work: Callable[[_Thing], T], things: Sequence[_Thing]) -> Iterator[T]:
    with ThreadPoolExecutor(processors.available()) as workers:
        yield from workers.map(work, things)


def _network(rows: Array, config: VerifierConfig) -> Job[SimilarityNetwork]:
    """The network that learns which of the rows are of one thing."""
    import tempfile

    from resight.nn.loop.follow import follow
    from resight.nn.loop.loop import train
    from resight.nn.loop.optimisers import groups, optimiser
    from resight.nn.loop.task import Plan
    from resight.nn.mining.class_pairs import ClassRows
    from resight.nn.tasks.similarity import PairSource, Similarity, SimilarityTask, similarity

    labels = np.repeat(np.arange(config.learned), 1 + config.views)
    held_out = labels >= config.learned - max(2, config.learned // 10)
    learned, judged = (ClassRows.of(labels, np.flatnonzero(kind)) for kind in (~held_out, held_out))
    validated = judged.distinct(1, rng=np.random.default_rng((config.seed, 1)))
    module = similarity(rows.shape[1], INPUT, rng=np.random.default_rng(config.seed))
    source = PairSource(rows.astype(np.float32), learned, config.each, validated)
    task = SimilarityTask(module, source, batch=config.batch, seed=config.seed, identity={})

    def descent(learner: Any) -> Any:
        return optimiser("nag", groups(learner, rate=config.rate), rate=config.rate, momentum=0.8)

    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(config.epochs, descent, lambda step: 1.0, averaging=0.999, seed=config.seed)
        ended = yield from follow(train(task, plan, Path(folder)), "network", score="accuracy")
    assert isinstance(ended.module, Similarity)
    return ended.module.exported()


def _compared(
    verifier: Verifier, asked: Sequence[_Asked], labels: Array, config: VerifierConfig, rng: np.random.Generator
) -> Job[tuple[Array, Array, Array]]:
    """Evidence ``(p, e)`` of pairs, whether they are of one thing ``(p,)``, and the things at both ends ``(p, 2)``, by
    their ``labels``.
    """
    known = np.stack([row for one in asked if (row := verifier.everyday_row(one[0].features)) is not None])
    ends: list[tuple[int, int, int]] = []
    for thing, photos in enumerate(asked):
        for number, each in enumerate(photos[1:], 1):
            row = verifier.everyday_row(each.features)
            assert row is not None
            order = np.argsort(-(known @ row), kind="stable")
            drawn = int(rng.integers(len(asked) - 1))
            others = [*order[order != thing][: config.near].tolist(), drawn + (drawn >= thing)]
            ends += [(thing, number, other) for other in (thing, *others)]
    found: list[Array] = []
    with ThreadPoolExecutor(processors.available()) as workers:
        pairs = ((asked[thing][number], asked[other][0]) for thing, number, other in ends)
        for compared in workers.map(lambda pair: verifier.evidence(*pair).values, pairs):
            found.append(compared)
            yield Progress("pairs", len(found), len(ends))
    things = labels[np.array([(thing, other) for thing, _, other in ends])]
    return np.stack(found), things[:, 0] == things[:, 1], things


def judged(evidence: Array, same: Array, ends: Array, *, seed: int) -> dict[str, Any]:
    """Judges fits on half of the things by the pairs of which both ends are of the other half."""
    half = ends % 2
    scores, kept = np.zeros(len(same)), half[:, 0] == half[:, 1]
    for fold in (0, 1):
        there = kept & (half[:, 0] == fold)
        scores[there] = fit_fusion(evidence[kept & ~there], same[kept & ~there]).log_odds(evidence[there])
    scores, same, ends = scores[kept], same[kept], ends[kept]
    figures = {"auc": auc, "fnmr_at_fmr_1_percent": missed_at(0.01), "fnmr_at_fmr_0.1_percent": missed_at(0.001)}
    rng = np.random.default_rng(seed)
    return {
        "same": int(same.sum()),
        "different": int((~same).sum()),
        **{
            name: pair_figure(figure, scores, same, ends, rng=rng, rounds=ROUNDS).to_dict()
            for name, figure in figures.items()
        },
        "cllr": cllr(scores, same),
        "cllr_min": cllr_min(scores, same),
        "ece": _balanced_ece(scores, same),
    }


def _balanced_ece(scores: Array, same: Array) -> float:
    """Calibration error at an even share, both kinds of pairs counting alike: the rarer is repeated."""
    times = max(1, round(float((~same).sum() / same.sum())))
    repeated = np.repeat(np.arange(len(same)), np.where(same, times, 1))
    return ece(sigmoid(scores[repeated]), same[repeated])


def _write(network: SimilarityNetwork, file: Path) -> None:
    stream = io.BytesIO()
    np.savez(stream, **{name: each.astype(np.float16) for name, each in network.arrays().items()})  # type: ignore[arg-type]
    write_whole(file, lambda unfinished: unfinished.write_bytes(stream.getvalue()))
