"""The recogniser: a gallery that answers which of its things a photo shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, overload

import numpy as np

from resight.calibration.calibration import EVEN, Calibration, require_rate, require_share
from resight.calibration.calibration import fit as fit_calibration
from resight.calibration.calibration import stored as stored_calibration
from resight.calibration.samples import concatenate
from resight.detection.detection import BOTH, ONLY_MIRRORED, find, record
from resight.detection.hypotheses import DecisionRule
from resight.detection.magnified import MagnifiedPhoto, longest
from resight.drawing.detection_picture import DetectionPicture
from resight.errors import PhotoError, suggestion
from resight.explain.explanation import explain
from resight.features.encoder import Encoder
from resight.gallery.protocol import Gallery
from resight.gallery.stores.opening import open_gallery
from resight.io import images
from resight.io.images import Photo, Source
from resight.results import Detections, Explanation, Recognition
from resight.search import mirror_image as mirror
from resight.search.candidates import NO_VOTES, Candidates, candidates, columns
from resight.search.describe import PhotoFeatures, extract, long_side
from resight.search.gallery_index import GalleryIndex
from resight.search.makers import encoders_of
from resight.search.read_write_lock import ReadWriteLock
from resight.verification.comparison import verify

from .answering import Answering

_Sides = tuple[PhotoFeatures, PhotoFeatures | None]
"""A photo as it is seen, and its mirror image where that is asked about."""


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
        self.index = GalleryIndex(gallery, encoders)
        self._turns = ReadWriteLock()
        self.calibration = self._calibration()

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The recogniser of a gallery file; raises GalleryError, EncoderMismatch where an encoder has changed."""
        gallery = open_gallery(path)
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
        false_accept_rate: float | None = None,
        unknown_share: float = EVEN,
        keep_evidence: bool = True,
        mirrored: bool = False,
    ) -> Recognition:
        """Recognises which known thing the photo shows, or none of them.

        Parameters
        ----------
        photo : a path, the bytes of a file, an open file, a Pillow picture, or an array (h, w, 3) uint8 RGB.
        k : matches in the answer, at most; each is of another instance.
        false_accept_rate : the largest share of unknown photos that may get a name. Without it a photo is named where
            the probability is at least one half.
        unknown_share : share of unknown photos to expect, between 0 and 1; the probability depends on it.
        keep_evidence : whether the answer keeps both photos and their features, some 0.3 MB, by which it can draw its
            evidence and explain itself; without, it can be pickled.
        mirrored : whether its mirror image is asked about as well; without, what fits that alone gets no name.

        Raises PhotoError for what cannot be read.
        """
        both = self._both(photo, mirrored)
        return self.answer(
            _name(photo),
            *both,
            k=k,
            false_accept_rate=false_accept_rate,
            unknown_share=unknown_share,
            keep_evidence=keep_evidence,
        )

    recognize = recognise

    @overload
    def recognise_many(
        self,
        photos: Iterable[Source],
        *,
        k: int = ...,
        false_accept_rate: float | None = ...,
        unknown_share: float = ...,
        keep_evidence: bool = ...,
        mirrored: bool = ...,
        errors: Literal["yield"] = ...,
    ) -> Iterator[Recognition | PhotoError]: ...

    @overload
    def recognise_many(
        self,
        photos: Iterable[Source],
        *,
        k: int = ...,
        false_accept_rate: float | None = ...,
        unknown_share: float = ...,
        keep_evidence: bool = ...,
        mirrored: bool = ...,
        errors: Literal["raise"],
    ) -> Iterator[Recognition]: ...

    def recognise_many(
        self,
        photos: Iterable[Source],
        *,
        k: int = 5,
        false_accept_rate: float | None = None,
        unknown_share: float = EVEN,
        keep_evidence: bool = False,
        mirrored: bool = False,
        errors: Literal["yield", "raise"] = "yield",
    ) -> Iterator[Recognition | PhotoError]:
        """:meth:`recognise` of each photo, in order; the next photo is read while one is answered.

        A photo that cannot be read does not end the others: by default its PhotoError takes the place of its answer,
        and is raised there with ``errors="raise"``. The rest is as for :meth:`recognise`, but that the answers keep no
        evidence unless they are to: ten thousand that do are 3 GB. Raises TypeError for a single photo.
        """
        if errors not in ("yield", "raise"):
            raise ValueError(f"errors is {errors!r}; wanted 'yield' or 'raise'")
        answer = partial(
            self.answer,
            k=k,
            false_accept_rate=false_accept_rate,
            unknown_share=unknown_share,
            keep_evidence=keep_evidence,
        )
        return self._answers(images.require_several(photos), answer, mirrored=mirrored, raising=errors == "raise")

    recognize_many = recognise_many

    def explain(
        self,
        photo: Source,
        *,
        reference: Source | None = None,
        method: str | None = None,
        test_faithfulness: bool = True,
        mirrored: bool = False,
    ) -> Explanation:
        """Explains why the photo is, or is not, what a known photo shows.

        ``reference`` is a known instance or the path of a known photo as it was indexed, or any other photo, and then
        this one is looked at more closely; without it, the known photo that is nearest. With ``mirrored`` its mirror
        image is explained where more of that agrees. The rest is as for :meth:`resight.results.Recognition.explain`.
        """
        read = images.read(photo, long_side=longest(self.encoders))
        both = self._both(read, mirrored)
        answer = self.answer(_name(photo), *both)
        if reference is None:
            return answer.explain(method, test_faithfulness=test_faithfulness)
        sides = (read, mirror.mirrored(read)) if mirrored else (read,)
        queries = [MagnifiedPhoto(side, self.encoders).local for side in sides]
        with self._moment() as asked:
            id = self.index.find(reference) if isinstance(reference, str) else None
            if isinstance(reference, str) and id is None:
                self._require_file(reference)
            local = self.extract(reference).local if id is None else self.index.local(id)
            target = _name(reference) or "the other photo" if id is None else self.index.items[id].instance
            checks = [verify(query, local, NO_VOTES).check for query in queries]
            way = int(np.argmax([check.score for check in checks]))
            cosines = {} if id is None else asked.cosines(both[way] or both[0], id)
            case = asked.case(queries[way], local, (NO_VOTES, checks[way]), target, cosines, mirrored=way == 1)
        named = answer.instance == target
        caption = f"Beside {target}{', which is the answer' if named else ''}"
        beside = "The other photo" if id is None else "Known photo"
        why = explain(case, method, caption=caption, named=named, test_faithfulness=test_faithfulness, beside=beside)
        return replace(why, hint=answer.hint)

    def extract(self, photo: Source | Photo) -> PhotoFeatures:
        """Read, extract and describe a photo as this gallery's encoders do."""
        if not isinstance(photo, Photo):
            photo = images.read(photo, long_side=long_side(self.encoders))
        return extract(photo, self.encoders)

    def candidates(self, seen: PhotoFeatures) -> Candidates:
        """The known photos that may show the same, with the evidence for each."""
        with self._moment():
            return candidates(self.index, seen)

    def refresh(self) -> None:
        """Follow what others have done to the gallery since the last question."""
        if not self.index.is_current():
            with self._turns.write(), self.gallery.snapshot():
                self.index.refresh()
                self.calibration = self._calibration()

    @property
    def unfinished(self) -> str | None:
        """Words on what the gallery's last run has left undone, to follow the gallery's name; None for nothing.

        A gallery whose run was killed, or still goes on, answers as well as it can: its probabilities are those of an
        older calibration, or of the one that ships.
        """
        with self._moment():
            stored = self.gallery.calibration()
            if not len(self.index):
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
        """Facts about the gallery, and how its answers were calibrated."""
        unfinished = self.unfinished
        with self._moment():
            return {
                "gallery": self.gallery.location,
                "photos": len(self.index),
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
        return f"<Recogniser of {self.gallery.location!r}: {len(self.index)} photos, seen by {names}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def answer(
        self,
        name: str,
        seen: PhotoFeatures,
        mirror: PhotoFeatures | None = None,
        *,
        k: int = 5,
        false_accept_rate: float | None = None,
        unknown_share: float = EVEN,
        keep_evidence: bool = True,
    ) -> Recognition:
        """:meth:`recognise` of a photo that was already seen, and its ``mirror`` image if that is asked about too."""
        require_rate(false_accept_rate)
        if k < 1:
            raise ValueError(f"k is {k}; wanted at least 1 match in the answer")
        with self._moment() as asked:
            return asked.answer(
                name,
                seen,
                mirror,
                k=k,
                false_accept_rate=false_accept_rate,
                unknown_share=unknown_share,
                keep_evidence=keep_evidence,
            )

    def find(
        self,
        photo: Source,
        *,
        method: str = BOTH,
        false_accept_rate: float | None = None,
        unknown_share: float = EVEN,
        keep_evidence: bool = True,
    ) -> Detections:
        """Detects every known thing in the photo, with its outline.

        Parameters
        ----------
        photo : as for :meth:`recognise`.
        method : "geometry", by points that agree on one motion, with exact outlines; "heat", by what is hot for a
            thing, with rough ones, for any encoder; or "both", merged.
        false_accept_rate : the largest share of unknown things that may get a name.
        unknown_share : share of unknown things to expect.
        keep_evidence : whether the answer keeps the photos, by which it can draw itself; without, it can be pickled.

        Raises PhotoError for what cannot be read, GalleryError for a method that the gallery's encoders cannot take.
        """
        require_rate(false_accept_rate)
        require_share(unknown_share)
        if false_accept_rate is not None:
            self.calibration.threshold(false_accept_rate)  # raises, whether or not something is found
        look = MagnifiedPhoto(images.read(photo, long_side=longest(self.encoders)), self.encoders)
        with self._moment():
            rule = DecisionRule(self.calibration, false_accept_rate, unknown_share)
            everything = find(self.index, look, rule, method=method)
            findings = [one for one in everything if not one.mirrored]
            hint = next((ONLY_MIRRORED.format(one.hypothesis.instance) for one in everything if one.mirrored), "")
            found = tuple(record(self.index, rule, one) for one in findings)
            detections = Detections(_name(photo), look.photo.size, found, hint=hint)
            if not keep_evidence:
                return detections
            known = tuple(self.index.local(one.hypothesis.id).image for one in findings)
            picture = DetectionPicture(look.local.image, look.photo.size, found, known, detections.sentence)
            return replace(detections, picture=picture)

    @contextmanager
    def _moment(self) -> Iterator[Answering]:
        """Holds the known photos inside to one revision of the gallery, the newest at the start."""
        while True:
            # In a forked child the gallery refuses, before this waits for a thread of the parent.
            with self.gallery.snapshot(), self._turns.read():
                if self.index.is_current():
                    yield Answering(self.index, self.calibration, self.encoders)
                    return
            self.refresh()

    def _require_file(self, name: str) -> None:
        """Raises PhotoError for a name that is no known one and no file either."""
        if not os.path.lexists(name):
            near = suggestion(name, sorted({item.instance for item in self.index.items.values()}))
            raise PhotoError(
                f"{name!r} is no known thing, no known photo and no file{near}: "
                "`resight gallery list` tells what is known"
            )

    def _calibration(self) -> Calibration:
        """The gallery's own calibration, or the prior where none has been fitted for these encoders."""
        names = columns(self.index)
        stored = stored_calibration(self.gallery)
        if stored is not None and tuple(stored.parameters["columns"][:-1]) == names:
            return Calibration.of(stored.parameters, stored.arrays)
        return fit_calibration(names, concatenate([], len(names)), photos=0)

    def _both(self, photo: Source | Photo, mirrored: bool) -> _Sides:
        """The photo seen, and its mirror image where that is wanted."""
        if not isinstance(photo, Photo):
            photo = images.read(photo, long_side=long_side(self.encoders))
        return self.extract(photo), self.extract(mirror.mirrored(photo)) if mirrored else None

    def _answers(
        self, photos: Iterable[Source], answer: Callable[..., Recognition], *, mirrored: bool, raising: bool
    ) -> Iterator[Recognition | PhotoError]:
        """The answer to each photo; the error of one that cannot be read takes its place, or is raised."""
        for photo, seen in self._ahead(photos, mirrored=mirrored):
            try:
                both = seen.result()
            except PhotoError as error:
                if raising:
                    raise
                yield error
            else:
                yield answer(_name(photo), *both)

    def _ahead(self, photos: Iterable[Source], *, mirrored: bool) -> Iterator[tuple[Source, Future[_Sides]]]:
        """Yields the features of each photo, those of the next being extracted meanwhile."""
        with ThreadPoolExecutor(1) as reader:
            last = None
            for photo in photos:
                seen = reader.submit(self._both, photo, mirrored)
                if last is not None:
                    yield last
                last = photo, seen
            if last is not None:
                yield last


def _name(photo: Source) -> str:
    return os.fspath(photo) if isinstance(photo, str | os.PathLike) else ""
