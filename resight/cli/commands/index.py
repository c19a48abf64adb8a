"""``resight index``: folders of photos become a gallery that answers."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from resight.cli.terminal.examples import tell_examples, tell_recognised
from resight.cli.terminal.meter import follow, note
from resight.cli.terminal.options import DataFormat, Encoders, Json, examples, new_file
from resight.cli.terminal.output import alike, count, put, put_json
from resight.cli.terminal.pictures import fitting
from resight.cli.terminal.surveys import require_all, tell_survey, tell_unknown
from resight.errors import ResightError
from resight.io.datasets.splits import SPLITS
from resight.results import percent

SIDE: Final = "..gallery.rebuilding-new-journal"
"""Characters that the longest name of a file beside a gallery has more than the gallery's."""

EXAMPLES: Final = examples(
    "resight index museum",
    "resight index museum loans -g known.gallery --unknown everyday-photos",
    "resight index museum --encoder classical --encoder my-model --rebuild",
)

LOOK_ALIKES: Final = 3
"""Pairs of things that look alike that are told; the rest is counted."""


def index(
    folders: Annotated[
        list[str],
        typer.Argument(
            metavar="PHOTOS",
            help="One sub-folder per thing, named after it, or a metadata.csv with the columns file_name and label; "
            "or a Parquet file.",
        ),
    ],
    gallery: Annotated[
        Path | None,
        typer.Option(
            "--gallery",
            "-g",
            parser=new_file,
            metavar="FILE",
            show_default=False,
            help="The gallery to make or to add to; by default the first folder's name and .gallery, in this folder.",
        ),
    ] = None,
    encoders: Encoders = None,
    format: DataFormat = None,
    unknown: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PHOTOS",
            show_default=False,
            help="Photos that show none of the things: they teach the gallery when to say so. May be repeated.",
        ),
    ] = None,
    labelled: Annotated[
        list[str] | None,
        typer.Option(
            "--examples",
            metavar="PHOTOS",
            show_default=False,
            help="Photos of real use with what they show: they teach the gallery how sure it may be, and never become "
            "references; see `resight calibrate`. May be repeated.",
        ),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the gallery anew; the old one stays until the new one is whole.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help="With --rebuild: forget known photos that are not in the folders."),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Take in photos that were removed from the gallery as well.")
    ] = False,
    json: Json = False,
) -> None:
    """Index folders of photos into a gallery.

    Photos that the gallery has already are skipped, so a run that was interrupted goes on where
    it stopped when it is started again. A gallery keeps the encoders that it was made with, until --rebuild; photos
    keep the names that they got, and what was removed stays out. A photo that cannot be read, a closed folder or a
    wrong row of a table is told, the rest is indexed, and the exit status is 1.
    """
    from resight.indexing import index as indexing

    path = gallery or _default(folders[0])
    with _told_what_is_kept(path):
        steps = indexing.iter_index(
            folders,
            path,
            encoders=encoders or None,
            unknown=unknown or (),
            examples=labelled or (),
            rebuild=rebuild,
            forget=yes,
            again=again,
            format=format,
        )
        found = follow(steps)
    report = found.to_dict()
    _tell_problems(report, rebuild=rebuild)
    if found.taught is not None:
        tell_examples(found.taught.to_dict())
        note(found.taught.sentence)
    _tell_calibration(report["impostors"])
    if json:
        put_json({"gallery": str(path), **report})
    else:
        put(f"{path}: {_tally(report)}")
    require_all(report)
    if _not_there(folders, report["away"]):
        raise typer.Exit(1)


@contextmanager
def _told_what_is_kept(path: Path) -> Iterator[None]:
    """Say what stays of what is done inside where Ctrl-C ends it."""
    try:
        yield
    except KeyboardInterrupt:
        if _is_empty(path):
            note("interrupted: nothing was stored yet, and the same command goes on from the first photo")
        else:
            note("interrupted: what was stored is kept, and the same command goes on from there")
        raise


def _is_empty(path: Path) -> bool:
    """Whether a gallery holds no photo, or is not there yet; one that cannot be opened now may hold some."""
    from resight.gallery.stores.opening import open_gallery

    if not path.exists():
        return True
    try:
        with open_gallery(path) as gallery:
            return not len(gallery)
    except ResightError:
        return False


def _tally(report: Mapping[str, Any]) -> str:
    """Prints what became of the photos, in numbers."""
    told = [f"{count(report['added'], 'photo')} added", f"{report['already_there']:,} there already"]
    told += [count(len(report["conflicts"]), "conflict")] if report["conflicts"] else []
    told += [f"{len(report['removed']):,} removed before"] if report["removed"] else []
    told += [f"{len(report['unreadable']):,} unreadable"] if report["unreadable"] else []
    return ", ".join(told)


def _not_there(folders: Sequence[str], away: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of the folders that were named is away."""
    from resight.io.datasets.place import resolved

    return not {resolved(folder) for folder in folders}.isdisjoint(one["folder"] for one in away)


def _default(folder: str) -> Path:
    """The first folder's name, also where it is given as ".", with the suffix of a gallery."""
    stem = Path(folder).resolve().stem if folder.endswith(".parquet") else Path(folder).resolve().name
    return Path(f"{fitting(stem or 'known', SIDE)}.gallery")


def _tell_calibration(unknown_photos: int) -> None:
    """Prints which false-accept rates the calibration can promise."""
    if not unknown_photos:
        note("not calibrated to these photos: asking takes two things or more, or photos of unknown ones (--unknown)")
    else:
        rates = f"it can promise false-accept rates from {percent(1 / unknown_photos)} up"
        note(f"calibrated by asking about {count(unknown_photos, 'photo')} as if unknown: {rates}")


def _tell_problems(report: Mapping[str, Any], *, rebuild: bool) -> None:
    for bad in report["unreadable"]:
        note(f"unreadable: {bad['photo']}: {bad['reason']}")
    for clash in report["conflicts"]:
        note(f"conflict: {clash['photo']} is {clash['instance']}, but the same file is known as {clash['known_as']}")
    if report["conflicts"]:
        note("names that are known stay; `resight gallery rename` changes them, and a folder may be renamed to follow")
    _tell_duplicates(report["near_duplicates"])
    _tell_look_alikes(report["look_alikes"])
    if crowded := report["crowded"]:
        photos = f"{count(len(crowded), 'photo')} (such as {crowded[0]['photo']})"
        note(f"crowded: {photos} with the looks of many others: near duplicates were sought among the most alike alone")
    tell_recognised(report["recognised"])
    for photo in report["unlabelled"]:
        row = report["unlabelled_rows"].get(photo)
        why = f": its row has no label ({row})" if row else " lies in no folder named after what it shows"
        note(f"unlabelled: {photo}{why}")
    for photo in report["empty"]:
        note(f"empty: {photo} shows nothing, only one colour or noise: nothing is recognised by it; give another")
    for photo in sorted({*report["blank"]} - {*report["empty"]}):
        note(f"blank: {photo} has no point that could be found again: it cannot be recognised by its points")
    _tell_missing(report)
    for (label, name), number in _grouped(report["kept_names"], "instance", "known_as"):
        why = "as before" if rebuild else "as it was renamed in the gallery"
        note(f"name kept: {count(number, 'photo')} of {label} known as {name}, {why}")
    if forgotten := report["forgotten_settings"]:
        note(f"not kept: {forgotten}, chosen for other encoders; `resight tune` chooses for these")
    for names in report["alike"]:
        note(alike(names))
    tell_survey(report)
    tell_unknown("without a photo that can be read", report["unreadable_things"])
    _tell_splits(report)


def _tell_splits(report: Mapping[str, Any]) -> None:
    """Prints which splits are not indexed, where their names are not ours; queries that are called so never are."""
    foreign = any(group["kind"].startswith("split") for group in report["noted"])
    for split, photos in report["not_indexed"].items():
        if foreign or split not in SPLITS:
            note(f"not indexed: {count(photos, 'photo')} of the split {split}; only references are made known")


def _tell_missing(report: Mapping[str, Any]) -> None:
    """Known photos that are not there, and photos that are there and not known, or by another name."""
    for stale in report["stale"]:
        advice = f"`resight gallery remove GALLERY --id {stale['id']}` forgets it"
        note(f"stale: {stale['photo']} is known as it was, but is gone or changed: {advice}")
    for away in report["away"]:
        advice = f"mount it, or `resight gallery remove GALLERY --below {shlex.quote(away['folder'])}` forgets them"
        note(f"away: {away['folder']} is missing or empty, where {count(away['photos'], 'known photo')} lay: {advice}")
    if report["unplaced"]:
        photos = count(report["unplaced"], "known photo")
        note(f"unplaced: {photos} not met here; an older resight indexed them and did not write down from which folder")
    for (name,), number in _grouped(report["lost"], "instance"):
        note(f"forgotten: {count(number, 'photo')} of {name}, known before and not read in these folders")
    if removed := report["removed"]:
        photos = f"{count(len(removed), 'photo')} (such as {removed[0]})"
        note(f"removed before: {photos} stay out; --again takes in what was removed")


def _grouped(rows: Sequence[Mapping[str, str]], *keys: str) -> list[tuple[tuple[str, ...], int]]:
    """Counts the rows that have the same values of these keys."""
    return list(Counter(tuple(row[key] for key in keys) for row in rows).items())


def _tell_look_alikes(pairs: Sequence[Mapping[str, Any]]) -> None:
    for pair in pairs[:LOOK_ALIKES]:
        one, other = pair["instances"]
        note(f"look-alikes: {one} and {other} look alike; where a photo does not tell them apart, both are named")
    if len(pairs) > LOOK_ALIKES:
        note(f"look-alikes: and {count(len(pairs) - LOOK_ALIKES, 'more pair')}, which --json lists")


def _tell_duplicates(pairs: Sequence[Sequence[Mapping[str, Any]]]) -> None:
    for first, second in pairs:
        told = f"{second['photo']} (id {second['id']}) is {second['instance']}"
        known = f"{first['photo']} (id {first['id']})"
        note(f"near duplicate: {told}, but the same picture is known as {first['instance']}: {known}")
    if pairs:
        old, new = (shlex.quote(pairs[0][place]["instance"]) for place in (1, 0))
        note(
            f"one thing of two names becomes one by `resight gallery rename GALLERY {old} {new} --merge`; "
            "`resight gallery remove GALLERY --id N` forgets a wrong photo; where both names are right, leave it so: "
            "neither is taken for a stranger to the other"
        )
