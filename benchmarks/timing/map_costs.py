"""What maps cost: closed forms beside back-propagation of the same map, by the same head, to heat over the photo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Final

import numpy as np

from resight.explain.explanation import ExplainableAnswer
from resight.explain.faithfulness import cells
from resight.explain.heat import interpolated, spread
from resight.explain.occlusion import occlusion
from resight.explain.pair import PhotoPair, encoded, global_score, map_shape
from resight.explain.similarity_map import grad_cam, gradient, similarity_map
from resight.features.cnn_extractor import extractor
from resight.features.encoder import GlobalEncoder
from resight.features.head import gallery_head, head
from resight.io import images
from resight.io.images import Photo
from resight.types import Array, Head, Image, Whitening

ROUNDS: Final = 30
"""Times that a map is timed."""

VOTES: Final = 1000
CELLS, CHANNELS = 14, 512
SIZE, SHAPE = (640, 480), (120, 160)
"""Of a photo, and of the map over it."""

Works = dict[str, Callable[[], Any]]


@dataclass(frozen=True, eq=False)
class Given:
    """A feature map ``(h, w, c)`` of a photo, the ``other (d',)`` photo's row, and the head of both."""

    map: Array
    other: Array
    settings: Head
    encoder: GlobalEncoder

    @cached_property
    def values(self) -> Array:
        """The cells as the closed forms take them, ``(h · w, c)``."""
        return self.map.reshape(-1, self.map.shape[2])

    def similarity(self) -> Array:
        """The split of the cosine, over the photo."""
        aggregate = self.encoder.aggregate(self.values)
        return self._over_the_photo(similarity_map(self.values, aggregate, self.other, **self._options()).shares)

    def by_formula(self) -> Array:
        """Grad-CAM of the cosine in closed form, over the photo."""
        aggregate = self.encoder.aggregate(self.values)
        return self._over_the_photo(
            grad_cam(self.values, gradient(self.values, aggregate, self.other, **self._options()))
        )

    def by_torch(self) -> Array:
        """The same by back-propagation from the cosine to the map."""
        import torch

        maps = torch.tensor(self.map).permute(2, 0, 1)[None].requires_grad_()
        (slopes,) = torch.autograd.grad(self.cosine(maps).sum(), maps)
        heat = torch.relu((maps.detach() * slopes.mean(dim=(2, 3), keepdim=True)).sum(dim=1))
        return self._over_the_photo(heat[0].numpy().ravel())

    def cosine(self, maps: Any) -> Any:
        """The cosine of maps ``(b, c, h, w)`` of torch, by this head."""
        return head(self.encoder.aggregate(maps.flatten(2).mT), self._settings_of_torch) @ self._other_of_torch

    def works(self, name: str) -> Works:
        """All three, by their names in the table."""
        return {
            f"similarity, {name}": self.similarity,
            f"Grad-CAM in closed form, {name}": self.by_formula,
            f"Grad-CAM by back-propagation, {name}": self.by_torch,
        }

    def _options(self) -> dict[str, Any]:
        return {"pullback": self.encoder.pullback, "settings": self.settings}

    @cached_property
    def _settings_of_torch(self) -> Head:
        import torch

        if self.settings.whitening is None:
            return self.settings
        parts = (self.settings.whitening.mean, self.settings.whitening.projection, self.settings.whitening.variances)
        return Head(Whitening(*(torch.from_numpy(part) for part in parts)))  # type: ignore[arg-type]

    @cached_property
    def _other_of_torch(self) -> Any:
        import torch

        return torch.from_numpy(self.other)

    def _over_the_photo(self, weights: Array) -> Array:
        height, width = self.map.shape[:2]
        counts = zip((width, height), SIZE, strict=True)
        across, down = ((np.arange(count) + 0.5) * length / count - 0.5 for count, length in counts)
        return interpolated(weights.reshape(height, width), across, down, size=SIZE, shape=SHAPE)


def random(house: GlobalEncoder) -> Given:
    """A map of the size that is wanted, of random values, and a head that whitens."""
    rng = np.random.default_rng(0)
    rows = np.maximum(rng.normal(size=(300, CHANNELS)), 0).astype(np.float32)
    settings = gallery_head(head(rows, Head()))
    values = np.maximum(rng.normal(size=(CELLS, CELLS, CHANNELS)), 0).astype(np.float32)
    return Given(values, head(rows[0], settings), settings, house)


def real(case: PhotoPair, house: GlobalEncoder) -> Given:
    """House's own map of a case's photo, and its gallery's head."""
    query, reference = encoded(case, house)
    assert query.features.grid is not None
    values = np.ascontiguousarray(query.features.values).reshape(*query.features.grid, -1)
    return Given(values, reference.row, case.heads[house.fingerprint], house)


def costs(case: PhotoPair, house: GlobalEncoder) -> dict[str, dict[str, list[float]]]:
    """Seconds of each map, by what is given: a map, a photo, or an answer; on one thread of torch and OpenVINO."""
    alone = replace(house, extractor=extractor(house.extractor.model, threads=1))  # type: ignore[attr-defined]
    case = replace(case, encoders=tuple(alone if one is house else one for one in case.encoders))
    ours = real(case, alone)
    name = " × ".join(map(str, ours.map.shape))
    groups = {
        "a map of random values": random(alone).works(f"{CELLS} × {CELLS} × {CHANNELS}"),
        "house's map of a photo": ours.works(name),
        "points": {f"votes, {VOTES:,}": _votes()},
        "a photo, house": _looking(case, alone, ours),
        "an answer": _explaining(case),
    }
    with _one_thread():
        return {given: {what: timed(work) for what, work in works.items()} for given, works in groups.items()}


def timed(work: Callable[[], Any]) -> list[float]:
    """Seconds of each of ROUNDS, or as many as fit into a few seconds; the first makes room and does not count."""
    work()
    taken: list[float] = []
    while len(taken) < ROUNDS and (len(taken) < 3 or sum(taken) < 5):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return taken


def _votes() -> Callable[[], Array]:
    rng = np.random.default_rng(0)
    points, deviations = rng.uniform((0, 0), SIZE, (VOTES, 2)).astype(np.float32), rng.uniform(1, 15, VOTES)
    return partial(spread, points, deviations, np.ones(VOTES), size=SIZE, shape=SHAPE, conserved=True)


def _looking(case: PhotoPair, house: GlobalEncoder, ours: Given) -> Works:
    """With the network's forward pass, or several: by OpenVINO, as resight has it, and by torch, which can go back."""
    photo = Photo.of(case.query.image)
    score = global_score(case, house, ours.other)

    def similarity() -> Array:
        values = house.extractor.features(photo).values
        return replace(ours, map=values.reshape(ours.map.shape)).similarity()

    return {
        "similarity, with the forward pass": similarity,
        **_by_torch(case.query.image, house, ours),
        "occlusion": partial(occlusion, score, cells(map_shape(case.query))),
    }


def _by_torch(image: Image, house: GlobalEncoder, ours: Given) -> Works:
    import torch

    from resight.explain.classifiers.class_activation import grad_cam as by_torch
    from resight.training import model_conversion

    model = house.extractor.model  # type: ignore[attr-defined]
    network = model_conversion.trainable_network(model)
    prepared = images.prepare(Photo.of(image), model.card.preprocess)
    photo = torch.from_numpy(prepared.copy()).permute(2, 0, 1)[None].float() / 255

    def forward() -> None:
        with torch.inference_mode():
            network(photo)

    return {
        "Grad-CAM by back-propagation, with the forward pass": partial(
            by_torch, network, photo, ours.cosine, layer=model.card.cut
        ),
        "the forward pass of torch alone": forward,
    }


def _explaining(case: PhotoPair) -> Works:
    """``answer.explain()`` from end to end."""
    answered = ExplainableAnswer(case.query, case, "", named=True)
    return {
        f"answer.explain({method!r}{'' if test_faithfulness else ', test_faithfulness=False'})": partial(
            answered.explain, method, test_faithfulness=test_faithfulness
        )
        for method in ("votes", "similarity", "grad-cam")
        for test_faithfulness in (False, True)
    }


@contextmanager
def _one_thread() -> Iterator[None]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
