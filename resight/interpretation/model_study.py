"""One network of a study: it learns, is asked, and shows what it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.progress import Job, Progress
from resight.training.interruption import Stop
from resight.types import Array

from .config import StudyConfig
from .consistency import heat, rank_correlations
from .kept_arrays import digest_of, load_arrays, save_arrays
from .place_photos import SIDE, PlacePhotos
from .place_training import learned, preprocessing_for, scores
from .spots import LEARNED, TESTED, VALIDATED

PERSISTING: Final = 0.5
"""Mean rank correlation with maps of networks drawn half anew from which a map fails (Adebayo et al. 2018)."""

DRAWS: Final = 3
"""Networks drawn half anew that a map is compared with."""

COARSE: Final = 56
"""Side at which ranks of maps are compared: they vary no faster, and ranks are slow."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelStudy:
    """A network that has learned, and its maps of the ``t`` tested photos.

    Attributes
    ----------
    name, seed : of the network.
    classifier : itself, a PlaceClassifier.
    probabilities : (t, k) of the places.
    maps, sums : (t, h', w') Grad-CAM of the true place, and sums of the feature maps.
    predicted_maps : (t, h', w') Grad-CAM of the place that the network takes the photo for.
    offset, stride : where cells lie on a photo of ``side`` pixels.
    side : of photos as the network sees them.
    persistence : mean rank correlation of its maps with those of networks drawn half anew; nan where not checked.
    """

    name: str
    seed: int
    classifier: Any
    probabilities: Array
    maps: Array
    sums: Array
    predicted_maps: Array
    offset: float
    stride: float
    side: int
    persistence: float

    @property
    def is_flat(self) -> bool:
        """Whether its map has one cell, which shows no place."""
        return self.maps.shape[1] * self.maps.shape[2] == 1

    @property
    def has_heat(self) -> Array:
        """Whether anything of each tested photo speaks for its true place, ``(t,)`` bool: else its map is all zero."""
        return np.asarray(np.ptp(self.maps, axis=(1, 2)) > 0)

    @property
    def fails(self) -> bool:
        """Whether its maps do not mind what the network has learned."""
        return self.persistence > PERSISTING

    @property
    def predicted(self) -> Array:
        """The likeliest place of each tested photo, ``(t,)``."""
        return np.asarray(self.probabilities.argmax(axis=1))

    def heat(self, rows: Array, *, predicted: bool = False, shape: int = SIDE) -> Array:
        """Heat ``(r, shape, shape)`` on [0, 1] of these tested photos, of their true or their predicted places."""
        maps = self.predicted_maps if predicted else self.maps
        return heat(maps[rows], self.offset, self.stride, side=self.side, shape=shape)


def study_model(
    name: str,
    photos: PlacePhotos,
    splits: Array,
    config: StudyConfig,
    work: Path,
    *,
    seed: int,
    weights: Path | None,
    identity: Mapping[str, Any],
    stop: Stop,
) -> Job[ModelStudy]:
    """Train a network on the learned photos, ask it about the tested ones, and map these.

    ``identity`` is of the photos; what is done is kept in ``work``. Raises StopRequested.
    """
    from resight.nn.networks.architectures import cut
    from resight.nn.networks.place_classifiers import place_classifier
    from resight.nn.networks.receptive_field import receptive_field

    made_of = {**identity, "weights": "" if weights is None else weights.name}
    classifier = place_classifier(
        name, len(photos.places), side=config.side, hidden=config.hidden, weights=weights, seed=seed
    )
    lesson = {**made_of, "network": name, "seed": seed, "settings": _lesson(config)}
    classifier = yield from learned(
        classifier,
        photos.pixels,
        photos.labels,
        np.flatnonzero(splits == LEARNED),
        np.flatnonzero(splits == VALIDATED),
        config,
        work / "networks" / f"{name}-{seed}-{digest_of(lesson)}",
        seed=seed,
        identity=made_of,
        stage=f"{name}, seed {seed}",
        stop=stop,
    )
    tested = np.flatnonzero(splits == TESTED)
    found = load_arrays(work, f"maps-{name}-{seed}", lesson)
    if found is None:
        found = yield from _mapped(classifier, photos.pixels[tested], photos.labels[tested], config)
        save_arrays(work, f"maps-{name}-{seed}", lesson, found)
    field = receptive_field(cut(classifier.network, classifier.layer))
    return ModelStudy(
        name=name,
        seed=seed,
        classifier=classifier,
        **found,
        offset=field.offset,
        stride=field.stride,
        side=config.side,
        persistence=float("nan"),
    )


def _lesson(config: StudyConfig) -> dict[str, Any]:
    names = ("side", "hidden", "epochs", "batch", "rate", "every", "factor")
    return {name: getattr(config, name) for name in names}


def _mapped(classifier: Any, photos: Array, labels: Array, config: StudyConfig) -> Job[dict[str, Array]]:
    """Probabilities, and maps of the true and of the predicted places."""
    from resight.explain.classifiers.class_map_batches import class_map_batches, joined

    probabilities = scores(classifier, photos, side=config.side)
    steps = preprocessing_for(classifier, config.side)
    parts = []
    for classes, done in ((labels, 0), (probabilities.argmax(axis=1), len(photos))):
        batches = []
        for batch in class_map_batches(classifier.network, photos, classes, steps, layer=classifier.layer):
            batches.append(batch)
            done += len(batch.maps)
            yield Progress(f"maps of {classifier.name}", done, 2 * len(photos))
        parts.append(joined(batches))
    true, predicted = parts
    return {
        "probabilities": probabilities,
        "maps": true.maps,
        "sums": true.sums,
        "predicted_maps": predicted.maps,
    }


def persistence(model: ModelStudy, photos: Array, labels: Array, *, rng: np.random.Generator) -> float:
    """Mean rank correlation of maps of photos ``(c, h, w, 3)`` with those of the network, its second half drawn anew.

    As `explain.classifiers.sanity_check` for one photo; here for several at once. nan for no photo.
    """
    from resight.explain.classifiers.class_map_batches import class_map_batches, joined
    from resight.explain.classifiers.sanity_check import cascade, depth

    if not len(photos) or model.is_flat:
        return float("nan")
    steps, layer = preprocessing_for(model.classifier, model.side), model.classifier.layer

    def shown(network: Any) -> Array:
        found = joined([*class_map_batches(network, photos, labels, steps, layer=layer)])
        return heat(found.maps, model.offset, model.stride, side=model.side, shape=COARSE)

    own, half = shown(model.classifier.network), -(-depth(model.classifier.network) // 2)
    kept = []
    for _ in range(DRAWS):
        for level, (_, changed) in enumerate(cascade(model.classifier.network, rng=rng), 1):
            if level == half:
                kept.append(rank_correlations(own, shown(changed)).mean())
                break
    return float(np.mean(kept))
