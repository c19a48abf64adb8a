"""The digits recipe: Ghosh et al. 2017 from end to end, and what its heat maps are worth.

How the paper is read where it leaves a choice stands in :data:`resight.recipes.digits.report.READINGS`, and in the
report. Nothing is chosen by the test digits. Further networks learn for fewer epochs, to tell what is the method's from
what is one network's chance.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.errors import TrainingError, torch_wanted
from resight.explain.filter_importance import ERRORS, class_errors
from resight.io.cached_result import load_cached, save_cached, write_text
from resight.metrics.interval import wilson
from resight.nn.loop import schedules
from resight.progress import Interrupted, Job, Progress
from resight.training.config import configured
from resight.training.interruption import Stop, StopRequested, until_stopped
from resight.types import Array

from . import mnist
from . import photos as digit_photos
from . import report as pages
from .benchmark import DigitBenchmark, compare_signs, run_benchmark, true_boxes
from .config import DigitsConfig, checked
from .drawings import drawings
from .methods import filter_weights
from .mnist import Digits
from .photos import DigitPhotos
from .pointing import Rules

if TYPE_CHECKING:
    from resight.nn.loop.task import Plan
    from resight.nn.networks.architectures import Network

    from .maps import DigitMaps

PAPER: Final = (0.9959, 0.9947, 0.9990, 0.9851, 0.9908, 0.9832, 0.9823, 0.9864, 0.9743, 0.9792)
PAPER_OVERALL: Final = 0.9873
"""Table 2: of the classes 0 to 9, and of all test digits."""


def run(
    data: Path,
    output: Path,
    *,
    photos: Path | None = None,
    settings: Sequence[str] = (),
    stop: Stop = lambda: False,
) -> Job[dict[str, Any] | Interrupted]:
    """Train LeNet on the four files of MNIST in ``data``, weigh its filters, draw and measure its heat maps.

    ``photos`` are drawn and pasted on; without them the report has neither. ``settings`` are ``key=value`` of
    DigitsConfig.
    ``output`` is a folder for digits.html, figures.json, lenet.safetensors and what the same command goes on from.
    Raises TrainingError for unknown names, DatasetError, and MissingExtra without torch or matplotlib.
    """
    how = checked(configured(DigitsConfig(), settings))
    pages.require()
    with torch_wanted("training"):
        from resight.nn.networks import weights

        from .maps import DigitMaps
    learned, tested = _digits(data, how)
    pictures = None if photos is None else (yield from digit_photos.opened(photos, how))
    work, count, drawn = output / "training", 1 + how.others, None
    try:
        networks, shares, errors = [], [], []
        for number in range(count):
            network = yield from _trained(learned, how, number, work, stop)
            errors.append(_ablated(network, learned if how.split == "train" else tested, how, number, work))
            shares.append(filter_weights(*errors[-1], scale=how.scale, temperature=how.temperature))
            networks.append(network)
            yield Progress("filters", number + 1, count)
        weights.write(networks[0], output / "lenet.safetensors")
        report = _report(how, len(learned), _right(networks[0], tested), tested, *errors[0], shares[0])
        if pictures is not None:
            maps = [DigitMaps(network) for network in networks]
            benchmark = DigitBenchmark(
                pictures.backdrops, tested, how.scenes, Rules(how.deviations, how.gap, how.strokes), how.seed
            )
            report |= yield from _benchmarked(benchmark, maps, shares, how, pictures, work, stop)
            drawn = drawings(benchmark, maps[0], shares[0], pictures.shown, invert=how.invert)
    except StopRequested:
        return Interrupted(output)
    write_text(output / "figures.json", json.dumps(report, indent=1))
    pages.write(report, drawn, output / "digits.html")
    return report


def _digits(data: Path, config: DigitsConfig) -> tuple[Digits, Digits]:
    """The digits to learn from and those to test on."""
    everything, tested = mnist.read(data)
    learned = Digits(everything.images[: config.images], everything.labels[: config.images])
    if missing := sorted({*range(mnist.CLASSES)} - set(learned.labels.tolist())):
        raise TrainingError(
            f"none of the first {len(learned)} digits is a {missing[0]}; wanted some of all ten: set images higher"
        )
    return learned, tested


def _trained(learned: Digits, config: DigitsConfig, number: int, folder: Path, stop: Stop) -> Job[Network]:
    """The first network, or one of the others, once it has learned; raises StopRequested."""
    from resight.nn.augmentation.grey_preprocessing import GreyPreprocessing
    from resight.nn.backbones.lenet import lenet
    from resight.nn.loop.follow import follow
    from resight.nn.loop.loop import train
    from resight.nn.tasks.classification import Classification, ClassificationTask

    seed = config.seed + number
    task = ClassificationTask(
        Classification(lenet(rng=np.random.default_rng(seed)), "cross-entropy"),
        learned.images,
        learned.labels,
        np.arange(len(learned)),
        GreyPreprocessing(),
        batch=config.batch,
        seed=seed,
        validation=lambda module: None,
        identity=_lesson(config, number),
    )
    stage = f"network {number + 1} of {1 + config.others}"
    plan = _plan(config, _epochs(config, number), seed)
    ended = yield from follow(train(task, plan, folder / f"lenet-{number}", stop=stop), stage)
    if ended.reason == "stopped":
        raise StopRequested
    module: Any = ended.module
    return module.network


def _lesson(config: DigitsConfig, number: int) -> dict[str, Any]:
    """Settings that a network's numbers follow from."""
    settings = {name: getattr(config, name) for name in ("images", "batch", "rate", "decay")}
    return {**settings, "epochs": _epochs(config, number), "seed": config.seed + number, "data": mnist.FILES}


def _epochs(config: DigitsConfig, number: int) -> int:
    return config.other_epochs if number else config.epochs


def _plan(config: DigitsConfig, epochs: int, seed: int) -> Plan:
    from resight.nn.loop.optimisers import groups, optimiser
    from resight.nn.loop.task import Plan

    return Plan(
        epochs,
        lambda module: optimiser("adam", groups(module, rate=config.rate), rate=config.rate),
        lambda step: schedules.time_decay(step, 0, decay=config.decay),
        averaging=0.0,
        seed=seed,
    )


def _ablated(network: Network, digits: Digits, config: DigitsConfig, number: int, folder: Path) -> tuple[Array, Array]:
    """Errors over all classes and of each, with all filters ``(11,)`` and without each one ``(16, 11)``."""
    from resight.explain.classifiers.filter_ablation import ablation
    from resight.nn.augmentation.grey_preprocessing import GreyPreprocessing

    from .maps import SILENCED

    file = folder / f"errors-{number}.json"
    said = {**_lesson(config, number), "error": config.error, "split": config.split}
    if (found := load_cached(file, said)) is None:
        each = ablation(
            network, SILENCED, digits.images, digits.labels, GreyPreprocessing(), error=ERRORS[config.error]
        )
        found = [_means(errors, digits.labels).tolist() for errors in (each.intact, each.silenced)]
        save_cached(file, said, found)
    return np.array(found[0]), np.array(found[1])


def _means(errors: Array, labels: Array) -> Array:
    """Means of errors ``(…, n)``: over all, then of each class ``(…, 11)``."""
    return np.concatenate([errors.mean(axis=-1, keepdims=True), class_errors(errors, labels, mnist.CLASSES)], axis=-1)


def _right(network: Network, tested: Digits) -> Array:
    from resight.nn.augmentation.grey_preprocessing import GreyPreprocessing
    from resight.nn.tasks.classification import right

    return right(network, tested.images, tested.labels, GreyPreprocessing())


def _benchmarked(
    benchmark: DigitBenchmark,
    maps: Sequence[DigitMaps],
    shares: Sequence[dict[str, Array]],
    config: DigitsConfig,
    pictures: DigitPhotos,
    folder: Path,
    stop: Stop,
) -> Job[dict[str, Any]]:
    """Benchmark heat maps on pasted digits; raises StopRequested between two methods."""
    said = {"settings": asdict(config), "photos": pictures.digests}
    if (found := load_cached(folder / "localisation.json", said)) is None:
        localisation = yield from until_stopped(run_benchmark(benchmark, maps[0], shares[0]), stop)
        rows = yield from until_stopped(compare_signs(benchmark, list(zip(maps, shares, strict=True))), stop)
        found = {"localisation": localisation, "true_boxes": true_boxes(benchmark, maps[0]), "signs": rows}
        save_cached(folder / "localisation.json", said, found)
    photos = {"drawn": len(pictures.shown), "pasted_on": len(pictures.backdrops), "left_out": list(pictures.skipped)}
    return {**found, "photos": photos}


def _report(
    config: DigitsConfig,
    learned: int,
    right: Array,
    tested: Digits,
    intact: Array,
    silenced: Array,
    shares: dict[str, Array],
) -> dict[str, Any]:
    counts = np.bincount(tested.labels, minlength=mnist.CLASSES)
    hits = np.bincount(tested.labels[right], minlength=mnist.CLASSES)
    return {
        "accuracy": wilson(int(right.sum()), len(right)).to_dict() | {"paper": PAPER_OVERALL},
        "classes": [
            wilson(int(hit), int(count)).to_dict() | {"paper": paper}
            for hit, count, paper in zip(hits, counts, PAPER, strict=True)
        ],
        "filters": {
            "error": intact.tolist(),
            "silenced": silenced.tolist(),
            "weights": {name: each.tolist() for name, each in shares.items() if each.ndim == 1},
        },
        "learned": learned,
        "settings": asdict(config),
    }
