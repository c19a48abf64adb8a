"""A study: networks learn to tell places apart, and what they look at is compared, named and controlled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.errors import TrainingError, torch_wanted
from resight.io import images
from resight.metrics.interval import Estimate, bootstrap
from resight.progress import Interrupted, Job, Progress
from resight.training.config import configured
from resight.training.interruption import Stop, StopRequested, until_stopped
from resight.types import Array

from . import consistency
from .ade20k import OBJECTS
from .camera_control import ControlResult, control_count, controls, statistics_control
from .config import StudyConfig, checked, preset
from .descriptors import DESCRIPTORS, components, kept
from .embedding import FEWEST, Embedding, embed
from .kept_arrays import load_arrays, save_arrays
from .model_study import COARSE, ModelStudy, persistence, study_model
from .objects import ObjectShare, counts, object_shares, top_objects
from .place_photos import SIDE, PlacePhotos, read_places
from .segmentation import deeplab, segment
from .spots import LEARNED, TESTED, split_spots

CHUNK: Final = 64
"""Photos whose heat is held at a time."""

COMPARED: Final = 2
"""Photos of which two networks must have heat to be compared, so that there are others for chance."""

KINDS: Final = len(OBJECTS) + 1
"""ADE20K's objects, and what is none of them."""


@dataclass(frozen=True, slots=True, eq=False)
class PairConsistency:
    """Agreement of two networks' maps of the tested photos.

    Attributes
    ----------
    one, other : names of the networks; equal where one is compared with itself from another seed.
    residuals : (p,) average residual of each photo of which both have heat: two maps without any would be equal.
    residual : their mean, with an interval that draws spots.
    chance : mean residual of maps of different photos.
    ranks : mean rank correlation.
    overlap : mean IoU of what is hot.
    """

    one: str
    other: str
    residuals: Array
    residual: Estimate
    chance: float
    ranks: float
    overlap: float


@dataclass(frozen=True, slots=True)
class DescriptorSize:
    """Dimensions of a network's descriptor of a kind: all, and what PCA(50) and PCA(90 %) keep."""

    model: str
    kind: str
    dimensions: int
    first: int
    share: int


@dataclass(frozen=True, slots=True, eq=False)
class PlacedEmbedding:
    """An embedding of a network's descriptors of a kind, reduced by "PCA(50)" or "PCA(90 %)"."""

    model: str
    kind: str
    reduction: str
    embedding: Embedding


@dataclass(frozen=True, slots=True, eq=False)
class PlaceObjects:
    """Objects in a network's explanations of one place's photos, from a heat of ``theta``; no place means all."""

    model: str
    place: str
    theta: float
    photos: int
    shares: tuple[ObjectShare, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StudyOutcome:
    """All that a study found; tested photos are rows of all arrays.

    Attributes
    ----------
    config, photos, splits : what it was made of.
    tested : rows of the photos that were asked about.
    models, again : networks, and the same from another seed.
    controls : of the camera; never empty.
    pairs : of different networks, then of networks with themselves.
    sizes, embeddings : of descriptors.
    objects : in explanations; empty without a network that segments.
    tops : (t,) the object with most pixels in the first network's explanation, as "annotations" number it, -1 for none.
    notes : what is left out or odd, sentences.
    """

    config: StudyConfig
    photos: PlacePhotos
    splits: Array
    tested: Array
    models: tuple[ModelStudy, ...]
    again: tuple[ModelStudy, ...]
    controls: tuple[ControlResult, ...]
    pairs: tuple[PairConsistency, ...]
    sizes: tuple[DescriptorSize, ...]
    embeddings: tuple[PlacedEmbedding, ...]
    objects: tuple[PlaceObjects, ...]
    tops: Array
    notes: tuple[str, ...]

    @property
    def labels(self) -> Array:
        """The true places of the tested photos."""
        return self.photos.labels[self.tested]

    def accuracy(self, model: ModelStudy) -> Estimate:
        """The share of tested photos that a network takes for their place, with an interval that draws spots."""
        right = (model.predicted == self.labels).astype(float)
        return bootstrap(np.mean, right, rng=np.random.default_rng(0), groups=_groups(self.photos, self.tested))

    def balanced(self, model: ModelStudy) -> float:
        """The mean of the places' own accuracies, which minds no class's size."""
        right = model.predicted == self.labels
        return float(np.mean([right[self.labels == place].mean() for place in np.unique(self.labels)]))


def study(
    data: Path,
    work: Path,
    models: Sequence[str],
    *,
    config: str = "paper",
    settings: Sequence[str] = (),
    objects: Path | None = None,
    weights: Path | None = None,
    stop: Stop = lambda: False,
) -> Job[StudyOutcome | Interrupted]:
    """Find out what networks look at that learn to tell the places of ``data`` apart.

    ``models`` are names of `nn.networks.place_classifiers`, ``config`` one of PRESETS and ``settings`` ``key=value``
    of StudyConfig. ``objects`` is the weight file of DeepLab for ADE20K, without which nothing is named; ``weights`` a
    folder of weight files that networks start from. All that is done is kept in ``work``, and the same call goes on
    from there. Raises DatasetError for data that cannot be divided, ModelError and TrainingError for unknown names, and
    MissingExtra without torch or scikit-learn.
    """
    how = checked(configured(preset(config), settings))
    with torch_wanted("the study"):
        from resight.nn.networks.place_classifiers import require_known
        from resight.nn.networks.pretrained import weight_file
    names = tuple(dict.fromkeys(models))
    for name in (*names, *how.again):
        require_known(name)
    if not names:
        raise TrainingError("no network is named; wanted one at least, such as simple: name it with --model")
    photos = yield from read_places(data)
    splits = split_spots(photos.labels, photos.spots, rng=np.random.default_rng(how.seed))
    tested = np.flatnonzero(splits == TESTED)
    identity = {
        "photos": images.digest(photos.pixels.tobytes()).hex(),
        "splits": images.digest(splits.tobytes()).hex(),
    }
    repeated = [name for name in names if not how.again or name in how.again]
    try:
        learned = []
        for name, seed in [*((name, how.seed) for name in names), *((name, how.seed + 1) for name in repeated)]:
            start = None if weights is None else weight_file(weights, name)
            model = yield from study_model(
                name, photos, splits, how, work, seed=seed, weights=start, identity=identity, stop=stop
            )
            learned.append(model)
        first, again = learned[: len(names)], learned[len(names) :]
        first = yield from until_stopped(_checked_maps(first, photos, tested, how, work, identity), stop)
        labelled = yield from until_stopped(_labelled(objects, photos, tested, work, identity), stop)
        found = yield from until_stopped(_measured(first, again, photos, splits, tested, labelled, how, work), stop)
    except StopRequested:
        return Interrupted(work)
    return StudyOutcome(
        config=how,
        photos=photos,
        splits=splits,
        tested=tested,
        models=tuple(first),
        again=tuple(again),
        notes=(*photos.notes, *_notes(first, labelled)),
        **found,
    )


def _checked_maps(
    models: Sequence[ModelStudy],
    photos: PlacePhotos,
    tested: Array,
    config: StudyConfig,
    work: Path,
    identity: Mapping[str, Any],
) -> Job[list[ModelStudy]]:
    """The networks with how far their maps outlive their parameters."""
    found = []
    rng = np.random.default_rng(config.seed)
    rows = np.sort(rng.permutation(len(tested))[: config.checked])
    for done, model in enumerate(models, 1):
        made_of = {**identity, "maps": images.digest(model.maps.tobytes()).hex(), "checked": config.checked}
        kept_value = load_arrays(work, f"randomised-{model.name}", made_of)
        if kept_value is None:
            some = tested[rows]
            value = persistence(model, photos.pixels[some], photos.labels[some], rng=np.random.default_rng(0))
            kept_value = {"persistence": np.array(value)}
            save_arrays(work, f"randomised-{model.name}", made_of, kept_value)
        found.append(replace(model, persistence=float(kept_value["persistence"])))
        yield Progress("randomised networks", done, len(models))
    return found


def _labelled(
    weights: Path | None, photos: PlacePhotos, tested: Array, work: Path, identity: Mapping[str, Any]
) -> Job[Array | None]:
    """The label maps of tested photos ``(t, SIDE, SIDE)``, or None without a network that segments."""
    if weights is None:
        return None
    segmenter = deeplab(weights, work / "objects")
    made_of = {**identity, "weights": images.digest(weights.read_bytes()).hex()}
    if (found := load_arrays(work, "objects", made_of)) is None:
        labels = yield from segment(segmenter, [photos.entries[row] for row in tested], side=SIDE)
        found = {"labels": labels}
        save_arrays(work, "objects", made_of, found)
    return found["labels"]


def _measured(
    models: Sequence[ModelStudy],
    again: Sequence[ModelStudy],
    photos: PlacePhotos,
    splits: Array,
    tested: Array,
    labelled: Array | None,
    config: StudyConfig,
    work: Path,
) -> Job[dict[str, Any]]:
    """Everything that is measured of networks that have learned."""
    groups = _groups(photos, tested)
    labels = photos.labels[tested]
    asked = {model.name: _ask(model) for model in models}
    everyone = _groups(photos, np.arange(len(photos)))
    alone = statistics_control(
        photos.pixels, photos.labels, everyone, np.flatnonzero(splits == LEARNED), tested, seed=config.seed
    )
    control = [alone]
    for result in controls(asked, photos.pixels[tested], labels, groups, labelled, seed=config.seed):
        control.append(result)
        yield Progress("controls", len(control) - 1, control_count(labelled is not None) * len(models))
    shown = [model for model in models if not model.is_flat]
    pairs = []
    couples = [*combinations(shown, 2), *((m, other) for m in shown for other in again if other.name == m.name)]
    couples = [(one, other) for one, other in couples if (one.has_heat & other.has_heat).sum() >= COMPARED]
    for one, other in couples:
        pairs.append(compared(one, other, groups, config))
        yield Progress("consistency", len(pairs), len(couples))
    sizes, embeddings = yield from _described(shown, labels, config, work)
    objects, tops = list[PlaceObjects](), np.full(len(tested), -1)
    if labelled is not None:
        for number, model in enumerate(shown):
            rows = list(_objects(model, labelled, photos, labels, groups, config))
            objects += rows
            if number == 0:
                tops = top_objects(_inside(model, labelled, config.theta)[:, 1:])
                tops = np.where(tops >= 0, tops + 1, -1)
            yield Progress("objects in explanations", number + 1, len(shown))
    return {
        "controls": tuple(control),
        "pairs": tuple(pairs),
        "sizes": tuple(sizes),
        "embeddings": tuple(embeddings),
        "objects": tuple(objects),
        "tops": tops,
    }


def _ask(model: ModelStudy) -> Callable[[Array], Array]:
    from .place_training import scores

    return lambda photos: np.asarray(scores(model.classifier, photos, side=model.side).argmax(axis=1))


def _groups(photos: PlacePhotos, rows: Array) -> Array:
    """The spots of these photos as numbers."""
    return np.unique(np.array([photos.spots[row] for row in rows]), return_inverse=True)[1]


def compared(one: ModelStudy, other: ModelStudy, groups: Array, config: StudyConfig) -> PairConsistency:
    """The agreement of two networks' maps of the true places, beside chance, of spots ``groups (t,)``."""
    both = np.flatnonzero(one.has_heat & other.has_heat)
    order = both[consistency.shuffled(len(both), rng=np.random.default_rng(config.seed))]
    residuals, chance, ranks, overlaps = [], [], [], []
    for some in np.split(np.arange(len(both)), range(CHUNK, len(both), CHUNK)):
        rows = both[some]
        first, second = one.heat(rows), other.heat(rows)
        residuals.append(consistency.average_residuals(first, second))
        chance.append(consistency.average_residuals(first, other.heat(order[some])))
        overlaps.append(consistency.intersection_over_union(first, second, config.theta))
        ranks.append(consistency.rank_correlations(one.heat(rows, shape=COARSE), other.heat(rows, shape=COARSE)))
    each = np.concatenate(residuals)
    hot = np.concatenate(overlaps)
    return PairConsistency(
        one=one.name,
        other=other.name,
        residuals=each,
        residual=bootstrap(np.mean, each, rng=np.random.default_rng(0), groups=groups[both]),
        chance=float(np.concatenate(chance).mean()),
        ranks=float(np.concatenate(ranks).mean()),
        overlap=float(np.nanmean(hot)) if np.isfinite(hot).any() else 0.0,
    )


def sentences(pairs: Sequence[PairConsistency]) -> list[str]:
    """Sentences on what the figures of each pair of different networks mean."""
    own = {pair.one: (pair.residual.value, pair.chance) for pair in pairs if pair.one == pair.other}
    found = []
    for pair in pairs:
        if pair.one != pair.other:
            seeds = [own[name] for name in (pair.one, pair.other) if name in own]
            again = (
                None if not seeds else (float(np.mean([s[0] for s in seeds])), float(np.mean([s[1] for s in seeds])))
            )
            said = consistency.in_words(pair.residual.value, pair.chance, again)
            found.append(f"{pair.one} and {pair.other}: {said}")
    return found


def _described(
    models: Sequence[ModelStudy], labels: Array, config: StudyConfig, work: Path
) -> Job[tuple[list[DescriptorSize], list[PlacedEmbedding]]]:
    """Sizes of descriptors, and their embeddings: of the first network at all perplexities and seeds."""
    sizes, embeddings = [], []
    total = _count(models, config)
    for model in models:
        for kind, describe in DESCRIPTORS.items():
            rows = describe(model.maps, model.sums)
            reduced, shares = components(rows)
            first, share = kept(shares, dimensions=rows.shape[1])
            sizes.append(DescriptorSize(model.name, kind, rows.shape[1], first, share))
            if len(rows) < FEWEST:
                continue
            for reduction, count, perplexity, seed in _settings(model is models[0], first, share, config):
                start = "pca" if seed == config.seeds[0] else "random"  # from components, all seeds are alike
                found = _embedded(reduced[:, :count], labels, perplexity, seed, start, work)
                embeddings.append(PlacedEmbedding(model.name, kind, reduction, found))
                yield Progress("maps of points", len(embeddings), total)
    return sizes, embeddings


def _count(models: Sequence[ModelStudy], config: StudyConfig) -> int:
    each = (len([*_settings(model is models[0], 1, 1, config)]) for model in models)
    return len(DESCRIPTORS) * sum(each)


def _settings(thorough: bool, first: int, share: int, config: StudyConfig) -> Iterator[tuple[str, int, int, int]]:
    perplexity, seed = config.perplexities[0], config.seeds[0]
    yield "PCA(50)", first, perplexity, seed
    yield "PCA(90 %)", share, perplexity, seed
    if thorough:
        others = ((p, s) for p in config.perplexities for s in config.seeds if (p, s) != (perplexity, seed))
        yield from (("PCA(50)", first, p, s) for p, s in others)


def _embedded(rows: Array, labels: Array, perplexity: int, seed: int, start: str, work: Path) -> Embedding:
    made_of = {
        "rows": images.digest(np.ascontiguousarray(rows).tobytes()).hex(),
        "labels": images.digest(labels.tobytes()).hex(),
        "perplexity": perplexity,
        "seed": seed,
        "start": start,
    }
    name = "embedding"
    if (found := load_arrays(work / "embeddings", name, made_of)) is None:
        fresh = embed(rows, labels, perplexity=perplexity, seed=seed, start=start)
        numbers = np.array([fresh.perplexity, fresh.trustworthiness, fresh.purity, fresh.chance])
        found = {"points": fresh.points, "numbers": numbers}
        save_arrays(work / "embeddings", name, made_of, found)
    lowered, trusted, pure, chance = found["numbers"].tolist()
    return Embedding(found["points"], lowered, seed, trusted, pure, chance)


def _inside(model: ModelStudy, labelled: Array, theta: float) -> Array:
    """Pixels of each object in each explanation, ``(t, KINDS)``."""
    chunks = np.split(np.arange(len(labelled)), range(CHUNK, len(labelled), CHUNK))
    found = [counts(labelled[rows], model.heat(rows) >= theta, KINDS) for rows in chunks]
    return np.concatenate(found)


def _objects(
    model: ModelStudy, labelled: Array, photos: PlacePhotos, labels: Array, groups: Array, config: StudyConfig
) -> Iterator[PlaceObjects]:
    """Objects of each place, and of all, at both heats."""
    whole = counts(labelled, None, KINDS)
    for theta in (config.theta, config.other_theta):
        inside = _inside(model, labelled, theta)
        for number, place in [(-1, ""), *enumerate(photos.places)]:
            rows = np.arange(len(labels)) if number < 0 else np.flatnonzero(labels == number)
            rng = np.random.default_rng(config.seed)
            shares = object_shares(inside[rows], whole[rows], groups[rows], rng=rng)
            yield PlaceObjects(model.name, place, theta, len(rows), tuple(shares))


def _notes(models: Sequence[ModelStudy], labelled: Array | None) -> list[str]:
    """Sentences on maps that show nothing, or nothing that was learned."""
    found = [
        f"{model.name}'s map has one cell, which shows no part of a photo: it is not explained." for model in models
        if model.is_flat
    ]  # fmt: skip
    found += [
        f"The maps of {model.name} fail the test of random parameters: with half of the network drawn anew they have a "
        f"rank correlation of {model.persistence:.2f} with its own. What they show is more the photo than what was "
        "learned."
        for model in models
        if model.fails
    ]
    found += [
        f"{model.name} has no heat for the true place in {(~model.has_heat).sum()} of {len(model.maps)} tested photos: "
        "nothing in them speaks for it, their explanations are empty, and they are left out where maps are compared."
        for model in models
        if not model.has_heat.all() and not model.is_flat
    ]
    if models and len(models[0].maps) < FEWEST:
        found.append(f"{len(models[0].maps)} tested photos are too few for a map of explanations: there is none.")
    if labelled is None:
        found.append("No network that names objects was given (--objects): explanations are shown, not named.")
    return found
