"""Indexing: from folders of photos to a gallery that answers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from resight.calibration import calibration, near_duplicates
from resight.calibration.fitting import calibrate
from resight.calibration.look_alikes import look_alikes_in
from resight.errors import DatasetError, EncoderMismatch, GalleryError
from resight.features.encoder import DEFAULT, Encoder, GlobalEncoder, encoders
from resight.features.head import gallery_head
from resight.gallery.protocol import Gallery
from resight.gallery.remedies import rebuild as rebuild_command
from resight.gallery.stores.opening import create_gallery, open_gallery
from resight.io.datasets.dataset import Dataset, Entry
from resight.io.datasets.entries import REFERENCE
from resight.io.datasets.folders import beside, shown
from resight.io.datasets.place import Root, located, resolved, several
from resight.io.datasets.survey import NOTHING, Survey, groups, merge_surveys
from resight.io.formats.opening import open_dataset
from resight.names import lookalikes
from resight.progress import Job, Watch, finished
from resight.search.global_index import GROWN
from resight.search.makers import encoders_of, is_made_by

from . import enrolment
from .enrolment import Memory
from .examples import CalibrationReport, GivenPhotos, given_photos
from .index_report import IndexReport, KeptName, PhotosAdded
from .rebuild import rebuilt
from .relocation import missing, mounted, still_away


def index(
    roots: Root | Sequence[Root],
    path: Root,
    *,
    encoders: Root | Sequence[Root] | None = None,
    unknown: Root | Sequence[Root] = (),
    examples: Root | Sequence[Root] = (),
    rebuild: bool = False,
    forget: bool = False,
    again: bool = False,
    format: str | None = None,
    progress: Watch | None = None,
) -> IndexReport:
    """Enrol the reference photos of ``roots`` in the gallery ``path``, then fit its whitening and calibration.

    A run that was killed goes on where it stopped when it is called again.

    Parameters
    ----------
    roots : one or several folders of photos, or Parquet files.
    path : the gallery's file, which is made or added to.
    encoders : one or several names, or folders of models; by default the gallery's own, or "classical" and "house" for
        a new one.
    unknown : folders of photos that show none of the things, for the calibration.
    examples : folders of photos of real use with what they show, for the calibration, as for
        :func:`resight.calibrate`; they never become references.
    rebuild : make the gallery anew from these photos, beside the old one, which stays until the new one is whole.
        Photos keep the names that they have.
    forget : make it anew also where photos that it knows are not among these; it does not know them any more then.
    again : take in photos that were removed from the gallery as well.
    format : the form of the data set, such as "gldv2" (docs/datasets.md); by default that which lies there.
    progress : told where the work stands, step by step.

    Returns what was added, and what a person should look at: unreadable photos, one photo under two names.
    Raises DatasetError, GalleryError, EncoderMismatch, ModelError.
    """
    steps = iter_index(
        roots,
        path,
        encoders=encoders,
        unknown=unknown,
        examples=examples,
        rebuild=rebuild,
        forget=forget,
        again=again,
        format=format,
    )
    return finished(steps, progress)


def iter_index(
    roots: Root | Sequence[Root],
    path: Root,
    *,
    encoders: Root | Sequence[Root] | None = None,
    unknown: Root | Sequence[Root] = (),
    examples: Root | Sequence[Root] = (),
    rebuild: bool = False,
    forget: bool = False,
    again: bool = False,
    format: str | None = None,
    dataset: Dataset | None = None,
) -> Job[IndexReport]:
    """:func:`index` step by step, only as far as it is iterated; it returns the same.

    ``dataset`` is what lies in ``roots``, where that was read before.
    """
    path, names = Path(path), None if encoders is None else [os.fspath(source) for source in several(encoders)]
    folders = [resolved(root) for root in several(roots)]
    roots, away = mounted(roots, path)
    dataset = open_dataset(roots, format=format) if dataset is None else dataset
    known = _known(dataset, roots)
    unlabelled = tuple(entry.name for entry in known if entry.label is None)
    rows = {entry.name: entry.row for entry in known if entry.label is None and entry.row}
    entries = tuple(entry for entry in known if entry.label is not None)
    given = given_photos(examples, unknown)
    survey = merge_surveys((dataset.survey, given.survey, survey_split(known)))
    others = Counter(entry.split for entry in dataset.entries if entry.split != known[0].split)
    memory = Memory(located((entry.name for entry in entries), roots))
    if rebuild and path.exists():
        given = given.with_former(path)
    build = partial(_indexed, entries, given, again)
    if rebuild and path.exists():
        closed = [place.path for place in located((one.place for one in survey.refused), roots).values()]
        report = yield from rebuilt(path, names, entries, memory, build, forget=forget, folders=folders, closed=closed)
    else:
        report = yield from build(path, names, memory)
    report.survey, report.not_indexed = survey, dict(others)
    report.unlabelled, report.unlabelled_rows = unlabelled, rows
    with open_gallery(path) as gallery:
        unread = [*(bad.photo for bad in report.unreadable), *(one.place for one in survey.refused)]
        found = missing(gallery, roots, report.present_ids, unread)
        report.missing_files, report.unplaced = found.missing_files, found.unplaced
        report.absent_folders = (*still_away(gallery, away, report.present_ids), *found.away)
        report.unknown_photos = calibration.unknown_photos_in(gallery)
        report.similar_names = lookalikes(gallery.instances())
        report.unreadable_things = _unread_things(gallery, entries, report)
        _follow_renames(gallery, report, memory)
        report.duplicates = near_duplicates.known_in(gallery)
        report.look_alikes = look_alikes_in(gallery)
        report.crowded_photos = near_duplicates.crowded_in(gallery)
    return report


def _known(dataset: Dataset, roots: Root | Sequence[Root]) -> tuple[Entry, ...]:
    """The photos to make known; raises DatasetError where there are none, or none has a label."""
    known = dataset.known
    if not known:
        splits = ", ".join(sorted({repr(entry.split) for entry in dataset.entries}))
        raise DatasetError(
            f"there are no reference photos in {named(roots)}, but only of the splits {splits}, which are not indexed: "
            "call them reference, or leave the split out; of folders name the one to make known itself"
        )
    if all(entry.label is None for entry in known):
        raise DatasetError(
            f"no photo in {named(roots)} has a label, such as {known[0].name!r}{dataset.unread_tables}; "
            f"wanted FOLDER/LABEL/FILE, or a metadata.csv with the columns file_name and label: {_way_to_labels(roots)}"
        )
    return known


def _way_to_labels(roots: Root | Sequence[Root]) -> str:
    """Advice where no photo has a label: the folder above, where the things' own folders were named, or work."""
    folders = [Path(root) for root in several(roots)]
    if all(folder.is_dir() and beside(folder) for folder in folders):
        above = dict.fromkeys(_above(folder) for folder in folders)
        return f"did you mean {'its parent' if len(folders) == 1 else 'what they lie in'}, {' '.join(above)}?"
    return "move each photo into a folder named after what it shows"


def _above(folder: Path) -> str:
    """The folder that one lies in, spelled as it was named where that says it."""
    return shown(folder.parent if folder.parent.name and folder.name != ".." else Path(resolved(folder)).parent)


def survey_split(known: Sequence[Entry]) -> Survey:
    """Survey that photos of another split are indexed, for want of references."""
    split = known[0].split if known else REFERENCE
    if split == REFERENCE:
        return NOTHING
    return Survey(noted=groups({f"split {split!r} made known, for want of references": [one.name for one in known]}))


def named(roots: Root | Sequence[Root]) -> str:
    """The folders, as a message names them."""
    return ", ".join(map(str, several(roots)))


def _unread_things(gallery: Gallery, entries: Sequence[Entry], report: IndexReport) -> tuple[str, ...]:
    """Things that nobody knows, for none of their photos could be read."""
    unread = {bad.photo for bad in report.unreadable}
    met = {entry.label for entry in entries if entry.name not in unread}
    labels = dict.fromkeys(entry.label for entry in entries if entry.name in unread)
    known = gallery.instances()
    return tuple(label for label in labels if label is not None and label not in met and label not in known)


def _follow_renames(gallery: Gallery, report: IndexReport, memory: Memory) -> None:
    """Photos that were renamed in the gallery and lie where they lay keep their names, and contradict nobody."""
    renamed, places = set(gallery.renamed()), gallery.places()
    conflicts, report.label_conflicts = report.label_conflicts, []
    for clash in conflicts:
        known = clash.known
        if known.id in renamed and known.id in places and places[known.id] == memory.places.get(clash.photo):
            report.kept_names.append(KeptName(clash.photo, clash.instance, known.instance))
            report.skipped += 1
        else:
            report.label_conflicts.append(clash)


def _indexed(
    entries: Sequence[Entry],
    given: GivenPhotos,
    again: bool,
    path: Path,
    names: Sequence[str] | None,
    memory: Memory,
) -> Job[IndexReport]:
    gallery, makers = _opened(path, names)
    with gallery:
        report = IndexReport(len(entries))
        removed = memory.removed.union(photo.digest for photo in gallery.forgotten())
        memory = replace(memory, removed=frozenset() if again else removed)
        for report in enrolment.enrol(gallery, entries, makers, memory):
            yield PhotosAdded(stage="photos", done=report.done, total=report.total, added=report.added)
        whiten(gallery, makers)
        found = yield from calibrate(gallery, makers, given.entries, settings=memory.settings)
        report.unreadable += found.examples.unreadable
        report.recognised += found.examples.recognised
        if any(entry.labels for entry in given.entries):
            report.taught = CalibrationReport.of(found, given, impostors=calibration.unknown_photos_in(gallery))
    return report


def _opened(path: Path, names: Sequence[str] | None) -> tuple[Gallery, tuple[Encoder, ...]]:
    if not path.exists():
        makers = encoders(names or DEFAULT)
        try:
            return create_gallery(path, [maker.card() for maker in makers]), makers
        except GalleryError:
            if not path.exists():
                raise  # else another first run has made it meanwhile, and this one adds to it
    gallery = open_gallery(path, write=True)
    try:
        makers = encoders_of(gallery) if names is None else encoders(names)
        _require(gallery, makers)
    except BaseException:
        gallery.close()
        raise
    return gallery, makers


def _require(gallery: Gallery, makers: Sequence[Encoder]) -> None:
    """Raise EncoderMismatch unless the gallery was made by these encoders and no others."""
    if not is_made_by(gallery, makers):
        found, wanted = (", ".join(one.name for one in kind) for kind in (gallery.encoders, makers))
        sources = [maker.source for maker in makers]
        command = rebuild_command(gallery.location, encoders=sources, roots=gallery.roots())
        raise EncoderMismatch(
            f"{gallery.location} was made by {found}, wanted {wanted}: name no encoder, to go on with what made it, "
            f"or make it anew from the folders of its photos: {command}"
        )


def recalibrate(path: Root) -> Job[None]:
    """Fit the calibration of a gallery from which photos were removed, or whose things were renamed.

    Raises GalleryError, EncoderMismatch.
    """
    with open_gallery(Path(path), write=True) as gallery:
        makers = encoders_of(gallery)
        if len(gallery):
            yield from calibrate(gallery, makers)


def whiten(gallery: Gallery, makers: Sequence[Encoder]) -> None:
    """Fit the whitening of each global encoder where there is none yet, or what it is fitted on has grown."""
    for maker in makers:
        if not isinstance(maker, GlobalEncoder) or not len(gallery):
            continue
        stored = gallery.whitening(maker.fingerprint)
        n = len(gallery) + (0 if maker.background is None else len(maker.background))
        if stored is None or n >= GROWN * stored.n:
            fitted = gallery_head(gallery.descriptors(maker.fingerprint)[1], maker.background).whitening
            if fitted is not None:
                gallery.save_whitening(maker.fingerprint, fitted, n=n)
