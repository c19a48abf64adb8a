"""Corrections: what people say that photos show, heeded at once, and taken back as easily."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from resight.calibration.calibration import EVEN
from resight.errors import PhotoError
from resight.io import images
from resight.io.files import append_line, write_whole
from resight.results import Match, Recognition
from resight.search.describe import THUMBNAIL, featureless, small
from resight.types import Image
from resight.verification.comparison import LocalFeatures
from resight.verification.reprint import print_sureness

EXAMPLE, PHOTO, NOTHING = "example", "photo", "nothing"
"""The use of a corrected photo: an example that teaches the calibration, a known photo of the thing, or neither."""

Names = Mapping[str, tuple[str | None, str | None]]
"""Things that corrections say that photos show, and what instead of, by id."""

NEAR: Final = 8
"""Bits of 64 in which the fingerprints of one picture saved twice may differ."""

PRINT: Final = 0.5
"""Sureness from which two photos are one picture, see ``resight.verification.reprint``."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word about a photo.

    Attributes
    ----------
    id, time, key : of it, when it was, and by whose key.
    digest : of the photo as it is kept, in hexadecimal.
    instance : what it shows; None for none of the known things.
    instead_of : the wrong name, which does not come back; None where no name was given.
    learned : EXAMPLE, PHOTO or NOTHING.
    undone : whether it was taken back.
    """

    id: str
    time: str
    key: str
    digest: str
    instance: str | None
    instead_of: str | None
    learned: str
    undone: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    correction: Correction
    fingerprint: np.uint64
    photo: LocalFeatures


@final
class Corrections:
    """The corrections of a gallery, in a file beside it that only grows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._all = {one.id: one for one in self._read()}
        for one in self._all.values():
            self._remember(one)

    def all(self) -> list[Correction]:
        """The corrections, the newest first: in the order in which they came, whatever the clock said."""
        with self._lock:
            return list(reversed(self._all.values()))

    def get(self, id: str) -> Correction | None:
        """The correction of an id, or None."""
        return self._all.get(id)

    def path(self, correction: Correction) -> Path:
        """The photo as it is kept."""
        return self._folder / "corrections" / f"{correction.digest}.jpg"

    def add(self, photo: bytes, key: str, *, instance: str | None, instead_of: str | None, learned: str) -> Correction:
        """Write a correction down, with its photo, a JPEG."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        digest = images.digest(photo).hex()
        made = Correction(secrets.token_hex(8), now, key, digest, instance, instead_of, learned)
        path = self.path(made)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, lambda unfinished: unfinished.write_bytes(photo))
        return self._put(made)

    def undo(self, correction: Correction) -> Correction:
        """Take one back."""
        return self._put(replace(correction, undone=True))

    def rename(self, old: str, new: str) -> Names:
        """Follow a thing that gets another name; the names of before, for :meth:`restore`."""
        before = {}
        for one in self.all():
            if not one.undone and old in (one.instance, one.instead_of):
                instance, instead_of = (new if name == old else name for name in (one.instance, one.instead_of))
                self._put(replace(one, instance=instance, instead_of=instead_of))
                before[one.id] = one.instance, one.instead_of
        return before

    def restore(self, names: Names) -> None:
        """Give corrections the names of before; those that were taken back since stay so."""
        for id, (instance, instead_of) in names.items():
            if (one := self.get(id)) is not None and not one.undone:
                self._put(replace(one, instance=instance, instead_of=instead_of))

    def of(self, photo: LocalFeatures) -> list[Correction]:
        """The corrections of a photo, or of one that is the same picture saved anew; the newest first."""
        if not self._kept:
            return []
        own = images.fingerprint(photo.image)
        with self._lock:
            near = [one for one in self._kept.values() if int(own ^ one.fingerprint).bit_count() <= NEAR]
        same = {one.correction.id for one in near if print_sureness(photo, one.photo) >= PRINT}
        return [one for one in self.all() if one.id in same] if same else []

    def taught(self) -> tuple[Mapping[str | None, list[Path]], list[bytes]]:
        """Examples for the calibration by what they show, None for nothing known; and digests of those taken back."""
        examples: dict[str | None, list[Path]] = {}
        newest = {one.digest: one for one in reversed(self.all())}
        for one in newest.values():
            if not one.undone and one.learned == EXAMPLE:
                examples.setdefault(one.instance, []).append(self.path(one))
        given = {path.stem for paths in examples.values() for path in paths}
        return examples, [bytes.fromhex(digest) for digest in newest if digest not in given]

    def _put(self, correction: Correction) -> Correction:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        append_line(self._folder / "corrections.jsonl", json.dumps(correction.to_dict()).encode())
        with self._lock:
            self._all[correction.id] = correction
        self._remember(correction)
        return correction

    def _remember(self, correction: Correction) -> None:
        with self._lock:
            self._kept.pop(correction.id, None)
            if correction.undone:
                return
            try:
                photo = images.read(self.path(correction), long_side=THUMBNAIL)
            except PhotoError:  # somebody has deleted it, and does not want it heeded
                return
            image: Image = small(photo)
            compared = LocalFeatures(featureless(photo.size), image)
            self._kept[correction.id] = _Kept(correction, images.fingerprint(image), compared)

    def _read(self) -> list[Correction]:
        """The newest state of each correction; a last line that a crash cut short was never acknowledged."""
        try:
            lines = (self._folder / "corrections.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        found: dict[str, Correction] = {}
        for line in lines:
            try:
                one = Correction(**json.loads(line))
            except (ValueError, TypeError):
                continue
            found[one.id] = one
        return list(found.values())


def corrected(
    answer: Recognition, corrections: list[Correction], known: Mapping[str, Match], *, bounded: bool
) -> Recognition:
    """The answer as people have corrected it.

    A name that was refused is no candidate any more: the others share what it had, as in the choice among fewer
    options. What a person said is so, as with a photo that is known. ``known`` has a match for each thing that was
    said and is still known. Where a rate has ``bounded`` the answer's names, what it did not tell is not told now,
    since the rate was measured among all candidates; elsewhere what is likelier than not is.
    """
    refused = {one.instead_of for one in corrections} - {corrections[0].instance}
    kept = [match for match in answer.matches if match.instance not in refused]
    said = known.get(corrections[0].instance or "")
    if said is not None:
        others = [replace(match, probability=0.0) for match in kept if match.instance != said.instance]
        before = next((match for match in kept if match.instance == said.instance), said)
        kept, unknown = [replace(before, probability=1.0), *others], 0.0
    elif corrections[0].instance is None:
        kept, unknown = [replace(match, probability=0.0) for match in kept], 1.0
    else:
        left = 1.0 - sum(match.probability for match in answer.matches if match.instance in refused)
        share = 1.0 / left if left > 0 else 0.0
        kept = [replace(match, probability=match.probability * share) for match in kept]
        unknown = answer.unknown_probability * share if left > 0 else 1.0
    first, second = ([match.probability for match in kept] + [0.0, 0.0])[:2]
    told = (answer.instance, *answer.either)
    is_told = first >= EVEN and (not bounded or said is not None or kept[0].instance in told)
    either = () if is_told or said is not None or refused & set(answer.either) or unknown == 1.0 else answer.either
    return replace(
        answer,
        instance=kept[0].instance if is_told else None,
        probability=first,
        runner_up=kept[1].instance if len(kept) > 1 else None,
        margin=first - second,
        matches=tuple(kept),
        unknown_probability=unknown,
        either=either,
        hint=answer.hint if either else "",
    )
