"""The recogniser: a gallery that answers which of its things a photo shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, Unpack, overload

from resight.calibration.calibration import EVEN, Calibration, require_share
from resight.detection.detection import BOTH, ONLY_MIRRORED, find, record
from resight.detection.magnified import MagnifiedPhoto, longest
from resight.drawing.detection_picture import DetectionPicture
from resight.errors import PhotoError
from resight.explain.explanation import explain
from resight.features.encoder import Encoder
from resight.gallery.protocol import Gallery
from resight.gallery.stores.opening import open_gallery
from resight.io import images
from resight.io.images import Photo, Source, name_of
from resight.results import Detections, Explanation, Recognition
from resight.search import mirror_image
from resight.search.candidates import Candidates
from resight.search.describe import PhotoFeatures, extract, long_side
from resight.search.gallery_index import GalleryIndex
from resight.search.makers import encoders_of
from resight.search.read_write_lock import ReadWriteLock

from .answer_options import AnswerKeywords, AnswerOptions, spelled_out
from .answering import Answering
from .gallery_status import calibration_in_use, facts, unfinished
from .photos_ahead import ahead
from .reference import Reference, Sides
from .reranking import Reranking
from .twin_contrast import twin_contrast


class Recogniser:
    """Answers from one gallery; follows it when it changes. Threads may share it.

    Attributes
    ----------
    gallery : the file.
    encoders : that it was made with.
    index : its photos in memory.
    calibration : of its answers.
    reranking : of candidates by a verifier, where `resight train-verifier` found that to help; else None.
    """

    def __init__(self, gallery: Gallery, encoders: tuple[Encoder, ...]) -> None:
        self.gallery = gallery
        self.encoders = encoders
        self.index = GalleryIndex(gallery, encoders)
        self._lock = ReadWriteLock()
        self.calibration = calibration_in_use(self.index)
        self.reranking = Reranking.in_use(self.index, encoders)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The recogniser of a gallery file; raises GalleryError, EncoderMismatch where an encoder has changed."""
        gallery = open_gallery(path)
        try:
            return cls(gallery, encoders_of(gallery))
        except BaseException:
            gallery.close()
            raise

    @spelled_out()
    def recognise(self, photo: Source, *, mirrored: bool = False, **options: Unpack[AnswerKeywords]) -> Recognition:
        """Recognises which known thing the photo shows, or none of them.

        Parameters
        ----------
        photo : a path, the bytes of a file, an open file, a Pillow picture, or an array (h, w, 3) uint8 RGB.
        k : matches in the answer, at most; each is of another instance.
        false_accept_rate : the largest share of unknown photos that may get a name. Without either rate a photo is
            named where the probability is at least one half.
        false_discovery_rate : the largest share of names that may be wrong; with both rates, both are kept.
        unknown_share : share of unknown photos to expect, between 0 and 1; the probability depends on it.
        keep_evidence : whether the answer keeps both photos and their features, some 0.3 MB, by which it can draw its
            evidence and explain itself; without, it can be pickled.
        mirrored : whether its mirror image is asked about as well; without, what fits that alone gets no name.

        Raises PhotoError for what cannot be read.
        """
        wanted = AnswerOptions(**options)
        return self._answer(name_of(photo), *self._sides(photo, mirrored), wanted)

    recognize = recognise

    @overload
    def recognise_many(
        self,
        photos: Iterable[Source],
        *,
        mirrored: bool = ...,
        errors: Literal["yield"] = ...,
        **options: Unpack[AnswerKeywords],
    ) -> Iterator[Recognition | PhotoError]: ...

    @overload
    def recognise_many(
        self,
        photos: Iterable[Source],
        *,
        mirrored: bool = ...,
        errors: Literal["raise"],
        **options: Unpack[AnswerKeywords],
    ) -> Iterator[Recognition]: ...

    @spelled_out(keep_evidence=False)
    def recognise_many(
        self,
        photos: Iterable[Source],
        *,
        mirrored: bool = False,
        errors: Literal["yield", "raise"] = "yield",
        **options: Unpack[AnswerKeywords],
    ) -> Iterator[Recognition | PhotoError]:
        """:meth:`recognise` of each photo, in order; the next photo is read while one is answered.

        A photo that cannot be read does not end the others: by default its PhotoError takes the place of its answer,
        and is raised there with ``errors="raise"``. The rest is as for :meth:`recognise`, but that the answers keep no
        evidence unless they are to: ten thousand that do are 3 GB. Raises TypeError for a single photo.
        """
        if errors not in ("yield", "raise"):
            raise ValueError(f"errors is {errors!r}; wanted 'yield' or 'raise'")
        options.setdefault("keep_evidence", False)
        wanted = AnswerOptions(**options)
        return self._answers(images.require_several(photos), wanted, mirrored=mirrored, raising=errors == "raise")

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
        magnified = MagnifiedPhoto(images.read(photo, long_side=longest(self.encoders)), self.encoders)
        sides = self._sides(magnified.photo, mirrored)
        answer = self.answer(name_of(photo), *sides)
        if reference is None:
            return answer.explain(method, test_faithfulness=test_faithfulness)
        queries = [each.local for each in ((magnified, magnified.flipped) if mirrored else (magnified,))]
        with self._moment() as answering:
            other = Reference.of(self.index, reference, self.extract)
            pair = other.pair(answering, queries, sides)
        named = answer.instance == pair.target
        caption = f"Beside {pair.target}{', which is the answer' if named else ''}"
        why = explain(
            pair, method, caption=caption, named=named, test_faithfulness=test_faithfulness, title=other.title
        )
        return replace(why, hint=answer.hint)

    def extract(self, photo: Source | Photo) -> PhotoFeatures:
        """Read, extract and describe a photo as this gallery's encoders do."""
        if not isinstance(photo, Photo):
            photo = images.read(photo, long_side=long_side(self.encoders))
        return extract(photo, self.encoders)

    @property
    def long_side(self) -> int:
        """The longer side, in pixels, that a photo needs to have been read for by whoever reads it before."""
        return longest(self.encoders)

    def candidates(self, features: PhotoFeatures, *, exclude: Collection[int] = ()) -> Candidates:
        """The known photos that may show the same, but those of the ids ``exclude``, with the evidence for each."""
        with self._moment() as answering:
            return answering.candidates(features, exclude=exclude)

    @property
    def naming(self) -> Calibration:
        """The calibration by which a photo gets its name: that of re-ranked candidates, where they are."""
        with self._moment() as answering:
            return answering.naming

    def contrast(self, first: PhotoFeatures, second: PhotoFeatures) -> float:
        """Deficit of two photos: how much nearer either is to a known look-alike of the other one's thing, see
        :func:`resight.recognition.twin_contrast.twin_contrast`.
        """
        with self._moment() as answering:
            return twin_contrast(answering.index, AnswerOptions().rule(answering.calibration), first, second)

    def refresh(self) -> None:
        """Follow what others have done to the gallery since the last question."""
        if not self.index.is_current():
            with self._lock.write(), self.gallery.snapshot():
                self.index.refresh()
                self.calibration = calibration_in_use(self.index)
                self.reranking = Reranking.in_use(self.index, self.encoders)

    @property
    def unfinished(self) -> str | None:
        """Words on what the gallery's last run has left undone, to follow the gallery's name; None for nothing.

        A gallery whose run was killed, or still goes on, answers as well as it can: its probabilities are those of an
        older calibration, or of the one that ships.
        """
        with self._moment():
            return unfinished(self.index, self.calibration)

    def info(self) -> dict[str, Any]:
        """Facts about the gallery, and how its answers were calibrated."""
        with self._moment():
            return facts(self.index, self.encoders, self.calibration, reranked=self.reranking is not None)

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

    @spelled_out()
    def answer(
        self,
        name: str,
        features: PhotoFeatures,
        mirror: PhotoFeatures | None = None,
        **options: Unpack[AnswerKeywords],
    ) -> Recognition:
        """:meth:`recognise` of a photo whose features are known, and those of its ``mirror`` image if that counts."""
        return self._answer(name, features, mirror, AnswerOptions(**options))

    def find(
        self,
        photo: Source,
        *,
        method: str = BOTH,
        false_accept_rate: float | None = None,
        false_discovery_rate: float | None = None,
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
        false_discovery_rate : the largest share of names that may be wrong.
        unknown_share : share of unknown things to expect.
        keep_evidence : whether the answer keeps the photos, by which it can draw itself; without, it can be pickled.

        Raises PhotoError for what cannot be read, GalleryError for a method that the gallery's encoders cannot take.
        """
        options = AnswerOptions(1, false_accept_rate, false_discovery_rate, unknown_share)
        require_share(unknown_share)
        options.rule(self.calibration).threshold  # noqa: B018 raises, whether or not something is found
        magnified = MagnifiedPhoto(images.read(photo, long_side=longest(self.encoders)), self.encoders)
        with self._moment():
            rule = options.rule(self.calibration)
            hypotheses = find(self.index, magnified, rule, method=method)
            named = [each for each in hypotheses if not each.mirrored]
            hint = next((ONLY_MIRRORED.format(each.hypothesis.instance) for each in hypotheses if each.mirrored), "")
            found = tuple(record(self.index, rule, each) for each in named)
            detections = Detections(name_of(photo), magnified.photo.size, found, hint=hint)
            if not keep_evidence:
                return detections
            known = tuple(self.index.local(each.hypothesis.id).image for each in named)
            picture = DetectionPicture(magnified.local.image, magnified.photo.size, found, known, detections.sentence)
            return replace(detections, picture=picture)

    @contextmanager
    def _moment(self) -> Iterator[Answering]:
        """Holds the known photos inside to one revision of the gallery, the newest at the start."""
        while True:
            # In a forked child the gallery refuses, before this waits for a thread of the parent.
            with self.gallery.snapshot(), self._lock.read():
                if self.index.is_current():
                    yield Answering(self.index, self.calibration, self.encoders, self.reranking)
                    return
            self.refresh()

    def _sides(self, photo: Source | Photo, mirrored: bool) -> Sides:
        """Features of the photo, and of its mirror image where that is wanted."""
        if not isinstance(photo, Photo):
            photo = images.read(photo, long_side=long_side(self.encoders))
        return self.extract(photo), self.extract(mirror_image.mirrored(photo)) if mirrored else None

    def _answer(
        self, name: str, features: PhotoFeatures, mirror: PhotoFeatures | None, options: AnswerOptions
    ) -> Recognition:
        with self._moment() as answering:
            return answering.answer(name, features, mirror, options)

    def _answers(
        self, photos: Iterable[Source], options: AnswerOptions, *, mirrored: bool, raising: bool
    ) -> Iterator[Recognition | PhotoError]:
        """The answer to each photo; the error of one that cannot be read takes its place, or is raised."""
        for photo, extracted in ahead(photos, lambda photo: self._sides(photo, mirrored)):
            try:
                sides = extracted.result()
            except PhotoError as error:
                if raising:
                    raise
                yield error
            else:
                yield self._answer(name_of(photo), *sides, options)
