"""The photos of a user's folder as training takes them: decoded, labelled by number, told apart, and parted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resight.errors import DatasetError
from resight.evaluation.duplicates import Leak
from resight.io.datasets.dataset import Dataset, Entry, discover
from resight.io.datasets.identity import identity, labelled_identity
from resight.io.datasets.preflight import ASKED, Outset, outset
from resight.io.datasets.relevance import ignored
from resight.progress import Job, Progress
from resight.types import UNKNOWN, Array

from . import decoded_photos, leak_audit
from .decoded_photos import DecodedPhotos
from .split import Split, split


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """The training set: readable photos, in the order in which they were decoded.

    Attributes
    ----------
    entries, labels : of each; labels number the ``instances`` that are known or learned, UNKNOWN for others.
    decoded : their squares.
    parts : who learns, is known, is asked.
    leaks : questions whose photo is among the others.
    identity : of all photos, by content, labels and split.
    """

    entries: tuple[Entry, ...]
    labels: Array
    instances: tuple[str, ...]
    decoded: DecodedPhotos
    parts: Split
    leaks: tuple[Leak, ...]
    identity: str

    @property
    def learned_identity(self) -> str:
        """Identity of the photos that are not only asked about, by content and label, as the audit of a data set
        looks for it.
        """
        digests = dict(zip(self.decoded.names, self.decoded.digests, strict=True))
        return labelled_identity((entry for entry in self.entries if entry.split not in ASKED), digests)

    @property
    def kept(self) -> Array:
        """``(q,)`` bool, questions that are no leak."""
        leaked = {leak.query for leak in self.leaks}
        return np.array([self.entries[row].name not in leaked for row in self.parts.asked], bool)

    @property
    def single(self) -> int:
        """Instances that are learned from one photo."""
        found = self.labels[self.parts.learned]
        return sum(count == 1 for count in Counter(found.tolist()).values())

    def same(self) -> Array:
        """``(q, n)`` bool: which known photos show what is asked."""
        numbers = {name: number for number, name in enumerate(self.instances)}
        asked = [[numbers.get(label, UNKNOWN) for label in self.entries[row].labels] for row in self.parts.asked]
        known = self.labels[self.parts.known]
        return np.array([np.isin(known, shown) for shown in asked], bool).reshape(len(asked), len(known))

    def ignored(self) -> Array:
        """``(q, n)`` bool: known photos that a question leaves out of its ranking."""
        known, asked = ([self.entries[row] for row in rows] for rows in (self.parts.known, self.parts.asked))
        return ignored([entry.name for entry in known], asked)


def labelled_photos(photos: Sequence[Path]) -> Dataset:
    """The photos of folders and Parquet files; raises DatasetError for fewer than two instances, and what `discover`
    raises.
    """
    dataset = discover(list(photos))
    _require_instances(dataset.entries, dataset.unread_tables)
    return dataset


def survey_photos(dataset: Dataset) -> Outset:
    """Surveys the photos to learn from, before any is decoded: all that are not asked about are learned."""
    return outset(dataset, (entry for entry in dataset.entries if entry.split not in ASKED))


def prepare_training_set(
    entries: Sequence[Entry], folder: Path, *, side: int, kind: str, share: float, seed: int
) -> Job[TrainingSet]:
    """Decode photos into ``folder``, part them, and look for leaks.

    Photos that cannot be read are left out; the last step of decoding lists them. Raises DatasetError for fewer than
    two instances with a readable photo, and what `decoded_photos.fill` and `split` raise.
    """
    album = yield from decoded_photos.filled(folder, entries, side=side)
    readable = _matched(entries, album)
    _require_instances(readable)
    queries = np.array([entry.split in ASKED for entry in readable], bool)
    instances = tuple(sorted({entry.label for entry in readable if entry.label and entry.split not in ASKED}))
    numbers = {name: number for number, name in enumerate(instances)}
    labels = np.array([numbers.get(entry.label or "", UNKNOWN) for entry in readable], np.int64)
    parts = split(labels, queries, kind, share=share, rng=np.random.default_rng(seed))
    yield Progress("leak audit", 0, len(readable))
    found = leak_audit.prints(album.names, album.digests, album.pixels)
    yield Progress("leak audit", len(readable), len(readable))
    said = identity(
        (digest, f"{entry.split}/{'|'.join(entry.labels)}")
        for digest, entry in zip(found.digests, readable, strict=True)
    )
    return TrainingSet(readable, labels, instances, album, parts, leak_audit.leaks(found, parts), said)


def _matched(entries: Sequence[Entry], album: DecodedPhotos) -> tuple[Entry, ...]:
    """The entries of an album's photos: it leaves out what could not be read."""
    by_name = {entry.name: entry for entry in entries}
    if missing := [name for name in album.names if name not in by_name]:
        raise DatasetError(
            f"the decoded photos of an earlier run name {missing[0]!r}, which is no photo of these folders: "
            "name the folders as then, or remove the training folder"
        )
    return tuple(by_name[name] for name in album.names)


def _require_instances(entries: Sequence[Entry], tables: str = "") -> None:
    found = {entry.label for entry in entries if entry.label and entry.split not in ASKED}
    if len(found) < 2:
        shown = f"only {next(iter(found))!r}" if found else "nothing that has a name"
        raise DatasetError(
            f"the photos show {shown}{tables}; wanted two things at least, to be told apart: "
            "put the photos of each thing into a folder of its own, named after it"
        )
