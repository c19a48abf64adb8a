"""The recogniser: a gallery that answers which of its things a photo shows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from resight.answer import UNSURE, Findings, Match, Rationale, Recognition
from resight.calibration import EVEN, Calibration, require_rate, require_share
from resight.calibration import fit as fit_calibration
from resight.calibration import stored as stored_calibration
from resight.candidates import NO_VOTES, Candidates, candidates, columns
from resight.case import Case
from resight.claims import Rule
from resight.encoders import Encoder
from resight.errors import PhotoError, suggestion
from resight.evidence import Sight, compare
from resight.explanation import Answered, explained
from resight.finding import BOTH, find, record
from resight.io import images
from resight.io.images import Photo, Source
from resight.known import KnownPhotos
from resight.look import Look, longest
from resight.makers import encoders_of
from resight.picture import Evidence, percent
from resight.questions import gathered
from resight.scene import Scene
from resight.sighting import Sighting, long_side, see
from resight.stores.gallery import Gallery
from resight.turns import Turns
from resight.types import Array, Check


class Recogniser:
    """Answers from one gallery; follows it when it changes. Threads may share it.

    Attributes
    ----------
    gallery : the file.
    encoders : that it was made with.
    known : its photos in memory.
    calibration : of its answers.
    """

    def __init__(self, gallery: Gallery, encoders: tuple[Encoder, ...]) -> None:
        self.gallery = gallery
        self.encoders = encoders
        self.known = KnownPhotos(gallery, encoders)
        self._turns = Turns()
        self.calibration = self._calibration()

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The recogniser of a gallery file; raises GalleryError, EncoderMismatch where an encoder has changed."""
        gallery = Gallery.open(path)
        try:
            return cls(gallery, encoders_of(gallery))
        except BaseException:
            gallery.close()
            raise

    def recognise(
        self,
        photo: Source,
        *,
        k: int = 5,
        far: float | None = None,
        unknown_share: float = EVEN,
        picture: bool = True,
    ) -> Recognition:
        """Which known thing the photo shows, or none of them.

        Parameters
        ----------
        photo : a path, the bytes of a file, an open file, a Pillow picture, or an array (h, w, 3) uint8 RGB.
        k : matches in the answer, at most; each is of another instance.
        far : false-accept rate: the largest share of unknown photos that may get a name. Without it a photo is named
            where the probability is at least one half.
        unknown_share : share of unknown photos to expect, between 0 and 1; the probability depends on it.
        picture : whether the answer can draw its evidence, and explain itself.

        Raises PhotoError for what cannot be read.
        """
        seen = self.see(photo)
        return self.answer(_name(photo), seen, k=k, far=far, unknown_share=unknown_share, picture=picture)

    def recognise_many(self, photos: Iterable[Source], **options: Any) -> Iterator[Recognition | PhotoError]:
        """:meth:`recognise` of each photo, in order; the next photo is read while one is answered.

        A photo that cannot be read does not end the others: its PhotoError takes the place of its answer.
        """
        if isinstance(photos, str | bytes | os.PathLike):
            raise TypeError(f"photos is {photos!r:.80}; wanted several: put one into a list, or use recognise")
        with ThreadPoolExecutor(1) as reader:
            ahead = None
            for photo in photos:
                seen = reader.submit(self.see, photo)
                if ahead is not None:
                    yield self._answered(*ahead, **options)
                ahead = photo, seen
            if ahead is not None:
                yield self._answered(*ahead, **options)

    def explain(
        self, photo: Source, reference: Source | None = None, *, method: str | None = None, faithful: bool = True
    ) -> Rationale:
        """Why the photo is, or is not, what a known photo shows.

        ``reference`` is a known instance or the path of a known photo as it was indexed, or any other photo, and then
        this one is looked at more closely; without it, the known photo that is nearest. The rest is as for
        :meth:`resight.answer.Recognition.explain`.
        """
        read = images.read(photo, long_side=longest(self.encoders))
        seen = self.see(read)
        answer = self.answer(_name(photo), seen)
        if reference is None:
            return answer.explain(method, faithful=faithful)
        query = Look(read, self.encoders).sight
        with self._moment():
            id = self.known.find(reference) if isinstance(reference, str) else None
            if isinstance(reference, str) and id is None:
                self._require_file(reference)
            sight = self.see(reference).sight if id is None else self.known.sight(id)
            target = _name(reference) or "the other photo" if id is None else self._instance(id)
            cosines = {} if id is None else self._cosines(seen, id)
        check = compare(query, sight, NO_VOTES).check
        named = answer.instance == target
        caption = f"Beside {target}{', which is the answer' if named else ''}"
        beside = "The other photo" if id is None else "Known photo"
        case = self._case(query, sight, (NO_VOTES, check), target, cosines)
        return explained(case, method, caption=caption, named=named, faithful=faithful, beside=beside)

    def see(self, photo: Source | Photo) -> Sighting:
        """Read, extract and describe a photo as this gallery's encoders do."""
        if not isinstance(photo, Photo):
            photo = images.read(photo, long_side=long_side(self.encoders))
        return see(photo, self.encoders)

    def candidates(self, seen: Sighting) -> Candidates:
        """The known photos that may show the same, with the evidence for each."""
        with self._moment():
            return candidates(self.known, seen)

    def refresh(self) -> None:
        """Follow what others have done to the gallery since the last question."""
        if not self.known.is_current():
            with self._turns.alone(), self.gallery.snapshot():
                self.known.refresh()
                self.calibration = self._calibration()

    @property
    def unfinished(self) -> str | None:
        """What the gallery's last run has left undone, in words that follow the gallery's name; None for nothing.

        A gallery whose run was killed, or still goes on, answers as well as it can: its probabilities are those of an
        older calibration, or of the one that ships.
        """
        with self._moment():
            stored = self.gallery.calibration()
            if not len(self.known):
                return "holds no photos: `resight index` adds them"
            if stored is None:
                return (
                    "is not calibrated to the photos it holds: its first run was interrupted or still goes on, and "
                    "probabilities are guessed from other photos until `resight index` has ended"
                )
            if stored.revision != self.gallery.revision:
                return (
                    "is not calibrated to the photos it holds: some have come, gone or got another name since, and "
                    f"probabilities are those of {stored.parameters['photos']:,} photos until `resight index` has ended"
                )
            if not self.calibration.photos:
                return (
                    "is calibrated by other evidence than is weighed now, as by an older resight: probabilities are "
                    "guessed from other photos until `resight index` has ended"
                )
            return None

    def info(self) -> dict[str, Any]:
        """What the gallery is and how its answers were calibrated."""
        unfinished = self.unfinished
        with self._moment():
            return {
                "gallery": str(self.gallery.path),
                "photos": len(self.known),
                "instances": len(self.gallery.instances()),
                "encoders": [encoder.name for encoder in self.encoders],
                "bytes_per_photo": self.gallery.size_per_photo(),
                "calibration": self.calibration.summary(),
                "unfinished": unfinished,
            }

    def close(self) -> None:
        """Let go of the gallery's file."""
        self.gallery.close()

    def __repr__(self) -> str:
        names = ", ".join(encoder.name for encoder in self.encoders)
        return f"<Recogniser of {str(self.gallery.path)!r}: {len(self.known)} photos, seen by {names}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def answer(
        self,
        name: str,
        seen: Sighting,
        *,
        k: int = 5,
        far: float | None = None,
        unknown_share: float = EVEN,
        picture: bool = True,
    ) -> Recognition:
        """:meth:`recognise` of a photo that was already seen."""
        require_rate(far)
        if k < 1:
            raise ValueError(f"k is {k}; wanted at least 1 match in the answer")
        with self._moment():
            found = candidates(self.known, seen)
            chances = self.calibration.chances(found.evidence, unknown_share=unknown_share)
            order = np.argsort(-chances, kind="stable")
            accepted = self.calibration.accepts(found.evidence, chances, far=far)
            matches = self._matches(found, chances, order[:k])
            first, second = (float(chances[order[rank]]) if rank < len(order) else 0.0 for rank in (0, 1))
            drawn = self._evidence(seen.sight, found, chances, order, accepted) if picture else None
            return Recognition(
                photo=name,
                instance=matches[0].instance if accepted else None,
                probability=first,
                runner_up=self._instance(found.ids[order[1]]) if len(order) > 1 else None,
                margin=first - second,
                matches=matches,
                picture=drawn,
                explainer=None if drawn is None else self._explainer(drawn, seen, found, order),
            )

    def find(
        self,
        photo: Source,
        *,
        way: str = BOTH,
        far: float | None = None,
        unknown_share: float = EVEN,
        picture: bool = True,
    ) -> Findings:
        """What is where: every known thing in the photo, with its outline.

        Parameters
        ----------
        photo : as for :meth:`recognise`.
        way : "geometry", by points that agree on one motion, with exact outlines; "heat", by what is hot for a thing,
            with rough ones, for any encoder; or "both", merged.
        far : false-accept rate: the largest share of unknown things that may get a name.
        unknown_share : share of unknown things to expect.
        picture : whether the answer can draw itself.

        Raises PhotoError for what cannot be read, GalleryError for a way that the gallery's encoders cannot go.
        """
        require_rate(far)
        require_share(unknown_share)
        if far is not None:
            self.calibration.threshold(far)  # raises, whether or not something is found
        look = Look(images.read(photo, long_side=longest(self.encoders)), self.encoders)
        with self._moment():
            rule = Rule(self.calibration, far, unknown_share)
            findings = find(self.known, look, rule, way=way)
            found = tuple(record(self.known, rule, one) for one in findings)
            known = tuple(self.known.sight(one.claim.id).image for one in findings)
            scene = Scene(look.sight.image, look.photo.size, found, known) if picture else None
            return Findings(_name(photo), look.photo.size, found, scene)

    @contextmanager
    def _moment(self) -> Iterator[None]:
        """What is asked of the known photos inside is of one moment of the gallery, the newest at the start."""
        while True:
            with self._turns.together(), self.gallery.snapshot():
                if self.known.is_current():
                    yield
                    return
            self.refresh()

    def _matches(self, found: Candidates, chances: Array, order: Array) -> tuple[Match, ...]:
        utilities = self.calibration.utilities(found.evidence)
        items = [self.known.items[found.ids[row]] for row in order]
        return tuple(
            Match(item.photo, item.instance, float(utilities[row]), float(chances[row]), found.checks[row])
            for item, row in zip(items, order, strict=True)
        )

    def _instance(self, id: int) -> str:
        return self.known.items[id].instance

    def _require_file(self, name: str) -> None:
        """Raises PhotoError for a name that is no known one and no file either."""
        if not os.path.lexists(name):
            near = suggestion(name, sorted({item.instance for item in self.known.items.values()}))
            raise PhotoError(
                f"{name!r} is no known thing, no known photo and no file{near}: "
                "`resight gallery list` tells what is known"
            )

    def _calibration(self) -> Calibration:
        """The gallery's own calibration, or the prior where none has been fitted for these encoders."""
        names = columns(self.known)
        stored = stored_calibration(self.gallery)
        if stored is not None and tuple(stored.parameters["columns"][:-1]) == names:
            return Calibration.of(stored.parameters, stored.arrays)
        return fit_calibration(names, gathered([], len(names)), photos=0)

    def _answered(self, photo: Source, seen: Future[Sighting], **options: Any) -> Recognition | PhotoError:
        try:
            sighting = seen.result()
        except PhotoError as error:
            return error
        return self.answer(_name(photo), sighting, **options)

    def _evidence(self, query: Sight, found: Candidates, chances: Array, order: Array, accepted: bool) -> Evidence:
        caption, detail = _words([self._instance(found.ids[row]) for row in order], chances[order], accepted)
        if not len(order):
            return Evidence(query, None, None, caption, detail)
        best = order[0]
        return Evidence(query, self.known.sight(found.ids[best]), found.checks[best], caption, detail, accepted)

    def _explainer(self, drawn: Evidence, seen: Sighting, found: Candidates, order: Array) -> Answered:
        if drawn.reference is None:
            return Answered(drawn.query, None, drawn.caption, drawn.named)
        best, id = order[0], found.ids[order[0]]
        checks = found.votes[best], found.checks[best]
        case = self._case(drawn.query, drawn.reference, checks, self._instance(id), self._cosines(seen, id))
        return Answered(drawn.query, case, drawn.caption, drawn.named)

    def _case(
        self, query: Sight, reference: Sight, checks: tuple[Check, Check], target: str, cosines: Mapping[str, float]
    ) -> Case:
        """With the checks of the votes and of the comparison."""
        heads = {encoder: index.settings for encoder, index in self.known.descriptors.items()}
        return Case(query, reference, *checks, target, self.encoders, heads, cosines)

    def _cosines(self, seen: Sighting, id: int) -> Mapping[str, float]:
        """Of a photo as it is recognised with a known one, by encoder."""
        indexes = self.known.descriptors.items()
        return {encoder: float(index.cosine(seen.descriptors[encoder], [id])[0]) for encoder, index in indexes}


def _words(names: list[str], chances: Array, accepted: bool) -> tuple[str, str]:
    """The answer in one line, and the runner-up in another."""
    if not names:
        return "None of these", "Nothing known has anything in common with this photo"
    first = percent(chances[0])
    doubt = "Not sure. Perhaps" if chances[0] >= UNSURE else "None of these. Nearest:"
    caption = f"{names[0]} — {first} sure" if accepted else f"{doubt} {names[0]}, {first}"
    return caption, f"next: {names[1]}, {percent(chances[1])}" if len(names) > 1 else ""


def _name(photo: Source) -> str:
    return os.fspath(photo) if isinstance(photo, str | os.PathLike) else ""
