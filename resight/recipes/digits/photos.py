"""Photos for the heat maps of Ghosh et al. 2017: some to draw on, the others to paste digits on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from resight.errors import DatasetError, PhotoError
from resight.io import images
from resight.io.datasets.dataset import unlabelled_photos
from resight.io.datasets.preflight import DatasetRead, Outset, PhotosLeftOut
from resight.progress import Job, Progress
from resight.types import Array, Image

from .config import DigitsConfig
from .greys import grey


@dataclass(frozen=True, slots=True, eq=False)
class DigitPhotos:
    """Photos to draw heat on, by name, and grey ones ``(h, w)`` to paste digits on.

    ``skipped`` are names of those that could not be read, with the reason; ``digests`` tell the others' content.
    """

    shown: tuple[tuple[str, Image], ...]
    backdrops: tuple[Array, ...]
    skipped: tuple[str, ...]
    digests: tuple[str, ...]


def opened(folder: Path, config: DigitsConfig) -> Job[DigitPhotos]:
    """The photos of a folder or Parquet file; those that are likely to have text are drawn, the others pasted on.

    Raises DatasetError where there are none of the others.
    """
    dataset = unlabelled_photos(folder)
    entries = dataset.entries
    yield DatasetRead.of(Outset(survey=dataset.survey), len(entries))
    shown: list[tuple[str, Image]] = []
    others: list[tuple[str, Image]] = []
    skipped, digests = [], []
    for done, entry in enumerate(entries, 1):
        try:
            photo = entry.photo()
        except PhotoError as error:
            skipped.append(f"{entry.name}: {error}")
            continue
        size = images.fit(photo.size, config.long_side, enlarge=False)
        has_text = any(word in entry.name.removeprefix(str(folder)).lower() for word in config.shown)
        (shown if has_text else others).append((Path(entry.name).name, images.resize(photo.image, size)))
        digests.append(photo.digest.hex())
        yield Progress("photos", done, len(entries))
    yield PhotosLeftOut.of(skipped, len(entries))
    if not others:
        raise DatasetError(
            f"{str(folder)!r} has {len(shown)} photos to draw and none to paste digits on; wanted some whose path has "
            f"none of the words {', '.join(config.shown)}: add photos without text"
        )
    backdrops = tuple(grey(image) for _, image in others)
    return DigitPhotos(tuple((shown or others)[: config.drawn]), backdrops, tuple(skipped), tuple(digests))
