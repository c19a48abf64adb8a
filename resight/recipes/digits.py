"""The digits recipe: document 000 from end to end, and what its heat maps are worth.

| paper | here | why |
|---|---|---|
| w' = E − e_i | e_i − E; both are measured | as printed, what is missed most gets the least weight (readings 0.1) |
| "error in classification" | mean negative log likelihood, training set | 0/1 error, test set are settings (0.2) |
| softmax of the differences | in units of their standard deviation | else almost one filter, or all alike (0.3) |
| a filter is missing | its map behind the last pooling is zero | the last place before the dense layers (0.4) |
| "not sensitive to the input size" | heat of the last convolution, not pooled | dense layers want 28 × 28 (0.5) |
| Table 1 names no activation | ReLU behind all layers but the last | 0.6 |
| 10 iterations, 200 batches per epoch | 10 epochs of 200 batches of 300; rate / (1 + 1e-5 · step) | 0.6 |
| "high threshold" | mean + 2 deviations of the heat map | not given (0.8) |
| stock photos | photos that are dark on light are inverted | MNIST is white on black (0.8) |
| "then classify each one of those hotspots" | threshold, connected regions, crop, classify | never shown (0.9) |
| – | also measured: only thin bright strokes of a photo, by a top-hat | a photo's wide bright regions are no digits |
| – | greys in [0, 1], weights drawn as He et al. do | not given |

Nothing is chosen by the test digits. Further networks learn for fewer epochs, to tell what is the method's from what is
one network's chance.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight import conversion
from resight.core import schedules
from resight.core.filter_importance import ERRORS, SCALES, class_errors
from resight.errors import DatasetError, PhotoError, TrainingError, suggestion
from resight.io import images, mnist
from resight.io.greys import grey
from resight.io.manifest import discover
from resight.io.mnist import Digits
from resight.metrics.interval import wilson
from resight.progress import Progress
from resight.report import digits as pages
from resight.report.digit_drawings import drawings
from resight.training import digit_exam
from resight.training.config import configured
from resight.training.digit_exam import Exam
from resight.training.digit_methods import filter_weights
from resight.training.kept import keep, kept, put
from resight.training.pointing import Rules
from resight.types import Array, Image

if TYPE_CHECKING:
    from resight.nn.digit_maps import DigitMaps
    from resight.nn.export import Network
    from resight.nn.task import Plan

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Config:
    """How the network learns and is asked; the defaults are the paper's, or readings of it.

    Attributes
    ----------
    images : training digits that are learned from, the first ones.
    epochs, batch, rate, decay : of Adam; the rate is ``rate / (1 + decay · step)``.
    others, other_epochs : further networks that the signs are compared on, and how long they learn.
    error, split : what is measured without each filter, a name of ERRORS, and on which digits, "train" or "test".
    scale, temperature : of the softmax, `filter_importance.weights`.
    deviations, gap : above the mean heat from which a place is hot, and pixels between regions that are one hotspot.
    strokes : bright strokes thinner than so many pixels are kept where only those are looked at; odd.
    invert : whether photos that are dark on light are inverted.
    scenes : pasted digits that each method is asked for, under each condition.
    shown, drawn : photos whose path has one of these words are drawn first, so many in all; none has a digit pasted on.
    long_side : of a photo that is drawn, at most, pixels.
    seed : of everything drawn.
    """

    images: int = 60_000
    epochs: int = 10
    batch: int = 300
    rate: float = 0.001
    decay: float = 1e-5
    others: int = 4
    other_epochs: int = 3
    error: str = "nll"
    split: str = "train"
    scale: str = "standardised"
    temperature: float = 1.0
    deviations: float = 2.0
    gap: int = 4
    strokes: int = 15
    invert: bool = True
    scenes: int = 100
    shown: tuple[str, ...] = ("coins", "page", "text", "sign", "number")
    drawn: int = 12
    long_side: int = 640
    seed: int = 0


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
) -> Iterator[Progress]:
    """Train LeNet on the four files of MNIST in ``data``, weigh its filters, draw and examine its heat maps.

    ``photos`` are drawn and pasted on; without them the report has neither. ``settings`` are ``key=value`` of Config.
    ``output`` is a folder for digits.html, figures.json, lenet.safetensors and what the same command goes on from.
    Raises TrainingError for unknown names, DatasetError, and MissingExtra without torch or matplotlib.
    """
    how = _checked(configured(Config(), settings))
    pages.require()
    with conversion.torch_wanted("training"):
        from resight.nn import weights
        from resight.nn.digit_maps import DigitMaps
    learned, tested = _digits(data, how)
    gallery = None if photos is None else (yield from _opened(photos, how))
    networks: list[Network] = []
    for number in range(1 + how.others):
        network = yield from _trained(learned, how, number, output / "training", stop)
        if network is None:
            yield Progress("stopped", number, 1 + how.others, {"stopped": str(output)})
            return
        networks.append(network)
    weights.write(networks[0], output / "lenet.safetensors")
    measured = []
    for number, network in enumerate(networks):
        measured.append(
            _ablated(network, learned if how.split == "train" else tested, how, number, output / "training")
        )
        yield Progress("filters", number + 1, len(networks))
    maps = [DigitMaps(network) for network in networks]
    shares = [filter_weights(*each, scale=how.scale, temperature=how.temperature) for each in measured]
    report = _report(how, len(learned), _right(networks[0], tested), tested, *measured[0], shares[0])
    drawn = None
    if gallery is not None:
        rules = Rules(how.deviations, how.gap, how.strokes)
        exam = Exam(gallery.backdrops, tested, how.scenes, rules, how.seed)
        report |= yield from _examined(exam, maps, shares, how, gallery, output / "training")
        drawn = drawings(exam, maps[0], shares[0], gallery.shown, invert=how.invert)
    put(output / "figures.json", json.dumps(report, indent=1))
    pages.write(report, drawn, output / "digits.html")
    yield Progress("report", 1, 1, report)


def _digits(data: Path, config: Config) -> tuple[Digits, Digits]:
    """The digits to learn from and those to test on."""
    everything, tested = mnist.read(data)
    learned = Digits(everything.images[: config.images], everything.labels[: config.images])
    if missing := sorted({*range(mnist.CLASSES)} - set(learned.labels.tolist())):
        raise TrainingError(
            f"none of the first {len(learned)} digits is a {missing[0]}; wanted some of all ten: set images higher"
        )
    return learned, tested


def _checked(config: Config) -> Config:
    """The config, where its names and numbers make sense."""
    for setting, known in (("error", ERRORS), ("split", ("train", "test")), ("scale", SCALES)):
        name = getattr(config, setting)
        if name not in known:
            raise TrainingError(
                f"the setting {setting} is {name!r}{suggestion(name, known)}; wanted one of {', '.join(known)}"
            )
    for setting in ("images", "epochs", "batch", "other_epochs", "scenes", "long_side"):
        if getattr(config, setting) < 1:
            raise TrainingError(f"the setting {setting} is {getattr(config, setting)}; wanted at least 1")
    if not config.temperature > 0 or config.others < 0 or config.gap < 0:
        raise TrainingError(
            f"temperature is {config.temperature}, others {config.others}, gap {config.gap}; wanted a temperature "
            "above 0 and no negative number"
        )
    if config.strokes < 1 or config.strokes % 2 == 0:
        raise TrainingError(f"the setting strokes is {config.strokes}; wanted an odd number of pixels, such as 15")
    return config


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Photos to draw heat on, by name, and grey ones ``(h, w)`` to paste digits on; ``skipped`` could not be read."""

    shown: tuple[tuple[str, Image], ...]
    backdrops: tuple[Array, ...]
    skipped: tuple[str, ...]
    names: tuple[str, ...]


def _opened(folder: Path, config: Config) -> Generator[Progress, None, Gallery]:
    """The photos of a folder or Parquet file; those that are likely to have text are drawn, the others pasted on."""
    entries = discover(folder).entries
    shown: list[tuple[str, Image]] = []
    others: list[tuple[str, Image]] = []
    skipped, names = [], []
    for done, entry in enumerate(entries, 1):
        try:
            image = images.read(entry.read()).image
        except PhotoError as error:
            skipped.append(f"{entry.name}: {error}")
            continue
        size = images.fit((image.shape[1], image.shape[0]), config.long_side, enlarge=False)
        has_text = any(word in entry.name.removeprefix(str(folder)).lower() for word in config.shown)
        (shown if has_text else others).append((Path(entry.name).name, images.resize(image, size)))
        names.append(entry.name)
        yield Progress("photos", done, len(entries))
    if not others:
        raise DatasetError(
            f"{str(folder)!r} has {len(shown)} photos to draw and none to paste digits on; wanted some whose path has "
            f"none of the words {', '.join(config.shown)}: add photos without text"
        )
    backdrops = tuple(grey(image) for _, image in others)
    return Gallery(tuple((shown or others)[: config.drawn]), backdrops, tuple(skipped), tuple(names))


def _trained(
    learned: Digits, config: Config, number: int, folder: Path, stop: Stop
) -> Generator[Progress, None, Network | None]:
    """The first network, or one of the others, once it has learned; None where it was stopped."""
    from resight.nn.classification_task import Classification, ClassificationTask
    from resight.nn.events import Ended, Stepped
    from resight.nn.grey_intake import GreyIntake
    from resight.nn.lenet import lenet
    from resight.nn.loop import train

    seed, epochs = config.seed + number, config.other_epochs if number else config.epochs
    task = ClassificationTask(
        Classification(lenet(rng=np.random.default_rng(seed)), "cross-entropy"),
        learned.images,
        learned.labels,
        np.arange(len(learned)),
        GreyIntake(),
        batch=config.batch,
        seed=seed,
        validation=lambda module: None,
        identity=_lesson(config, number),
    )
    stage = f"network {number + 1} of {1 + config.others}"
    for event in train(task, _plan(config, epochs, seed), folder / f"lenet-{number}", stop=stop):
        if isinstance(event, Stepped):
            yield Progress(stage, event.done, event.total, remark=f"loss {sum(event.losses.values()):.3f}")
        if isinstance(event, Ended):
            module: Any = event.module
            return None if event.reason == "stopped" else module.network
    raise AssertionError("the loop ended without saying so")


def _lesson(config: Config, number: int) -> dict[str, Any]:
    """All that a network's numbers follow from, but for how long it learns."""
    settings = {name: getattr(config, name) for name in ("images", "batch", "rate", "decay")}
    return {**settings, "seed": config.seed + number, "data": mnist.FILES["train-images-idx3-ubyte"]}


def _plan(config: Config, epochs: int, seed: int) -> Plan:
    from resight.nn.optimisers import groups, optimiser
    from resight.nn.task import Plan

    return Plan(
        epochs,
        lambda module: optimiser("adam", groups(module, rate=config.rate), rate=config.rate),
        lambda step: schedules.time_decay(step, 0, decay=config.decay),
        averaging=0.0,
        seed=seed,
    )


def _ablated(network: Network, digits: Digits, config: Config, number: int, folder: Path) -> tuple[Array, Array]:
    """Errors over all classes and of each, with all filters ``(11,)`` and without each one ``(16, 11)``."""
    from resight.nn.digit_maps import SILENCED
    from resight.nn.filter_ablation import ablation
    from resight.nn.grey_intake import GreyIntake

    file = folder / f"errors-{number}.json"
    epochs = config.other_epochs if number else config.epochs
    said = {**_lesson(config, number), "epochs": epochs, "error": config.error, "split": config.split}
    if (found := kept(file, said)) is None:
        each = ablation(network, SILENCED, digits.images, digits.labels, GreyIntake(), error=ERRORS[config.error])
        found = [_means(errors, digits.labels).tolist() for errors in (each.intact, each.silenced)]
        keep(file, said, found)
    return np.array(found[0]), np.array(found[1])


def _means(errors: Array, labels: Array) -> Array:
    """Means of errors ``(…, n)``: over all, then of each class ``(…, 11)``."""
    return np.concatenate([errors.mean(axis=-1, keepdims=True), class_errors(errors, labels, mnist.CLASSES)], axis=-1)


def _right(network: Network, tested: Digits) -> Array:
    from resight.nn.classification_task import right
    from resight.nn.grey_intake import GreyIntake

    return right(network, tested.images, tested.labels, GreyIntake())


def _examined(
    exam: Exam,
    maps: Sequence[DigitMaps],
    shares: Sequence[dict[str, Array]],
    config: Config,
    gallery: Gallery,
    folder: Path,
) -> Generator[Progress, None, dict[str, Any]]:
    """What heat maps got on pasted digits."""
    said = {"settings": asdict(config), "photos": gallery.names}
    if (found := kept(folder / "localisation.json", said)) is None:
        localisation = yield from digit_exam.examined(exam, maps[0], shares[0])
        rows = yield from digit_exam.signs(exam, list(zip(maps, shares, strict=True)))
        found = {"localisation": localisation, "true_boxes": digit_exam.true_boxes(exam, maps[0]), "signs": rows}
        keep(folder / "localisation.json", said, found)
    photos = {"drawn": len(gallery.shown), "pasted_on": len(gallery.backdrops), "left_out": list(gallery.skipped)}
    return {**found, "photos": photos}


def _report(
    config: Config,
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
