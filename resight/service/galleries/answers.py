"""Answers as the service gives them: the library's records in JSON, and what a page needs to show why."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Unpack
from urllib.parse import quote

import numpy as np

from resight.errors import GalleryError, ModelError
from resight.features.encoder import Encoder
from resight.gallery.records import Item
from resight.io import images
from resight.io.images import Photo
from resight.recognition.answer_options import AnswerKeywords
from resight.recognition.recogniser import Recogniser
from resight.results import Match, Recognition
from resight.search.describe import PhotoFeatures
from resight.search.describe import long_side as recognised_at
from resight.service.terms.problem import Problem
from resight.types import Array, SpatialVerification
from resight.verification.comparison import NO_VOTES, verify

from .corrections import Correction, Corrections, corrected
from .served_gallery import ServedGallery, instance_id
from .unknown_photos import UnknownPhotos

SHOWN: Final = 1280
"""Longer side of the upright photo that is sent back, pixels."""

JOINED: Final = 60
"""Pairs of points that are told, those that weigh most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A photo that a gallery is asked about.

    Attributes
    ----------
    gallery, recogniser : that are asked.
    photo : decoded.
    upright : whether it is sent back, upright.
    """

    gallery: ServedGallery
    recogniser: Recogniser
    photo: Photo
    upright: bool = False

    def picture(self) -> dict[str, Any]:
        """The upright photo, without anything that its file said beside the pixels, where that is wanted."""
        width, height = self.photo.size
        told: dict[str, Any] = {"width": width, "height": height}
        if self.upright:
            told["jpeg"] = base64.b64encode(shown(self.photo)).decode()
        return told

    def features(self, *, mirrored: bool) -> tuple[PhotoFeatures, PhotoFeatures | None]:
        """Features of the photo, and of its mirror image where that is asked about."""
        features = self.recogniser.extract(self.photo)
        if not mirrored:
            return features, None
        flipped = Photo(np.ascontiguousarray(self.photo.image[:, ::-1]), self.photo.size, self.photo.digest)
        return features, self.recogniser.extract(flipped)


def shown(photo: Photo, *, long_side: int = SHOWN, quality: int = 88) -> bytes:
    """A photo as an upright JPEG of its pixels alone."""
    size = images.fit(photo.size, long_side, enlarge=False)
    held = photo.image.shape[1], photo.image.shape[0]
    return images.encode(images.resize(photo.image, min(size, held)), ".jpg", quality=quality)


def long_side(encoders: tuple[Encoder, ...], least: int = 0) -> int:
    """The longer side that a photo is decoded for."""
    return max(recognised_at(encoders), least)


def told(asked: Asked, answer: Recognition, correction: Correction | None) -> dict[str, Any]:
    """The JSON of an answer."""
    told = answer.to_dict()
    told["matches"] = [of_match(asked, match) for match in answer.matches]
    told["corrected"] = None if correction is None else correction.to_dict()
    return {"gallery": asked.gallery.name, **told, "photo": asked.picture() if asked.upright else ""}


def of_match(asked: Asked, match: Match) -> dict[str, Any]:
    """The JSON of a match with the known photo's credit, and an address in place of its place on this machine."""
    item = None if match.id is None else asked.recogniser.index.items.get(match.id)
    return match.to_dict() | {
        "photo": address(asked.gallery, match.id),
        "instance_id": instance_id(match.instance),
        "about": {} if item is None else facts(item),
    }


def facts(item: Item) -> dict[str, object]:
    """Facts known of a photo beside its pixels, such as its credit."""
    return {key: value for key, value in item.about.items() if key != "ignore"}


def address(gallery: ServedGallery, id: int | None) -> str:
    """The address of the small image of a known photo."""
    return f"/v1/photos/{id}/image?gallery={quote(gallery.name)}"


def recognised(
    asked: Asked,
    *,
    corrections: Corrections,
    unknown: UnknownPhotos,
    mirrored: bool,
    **options: Unpack[AnswerKeywords],
) -> dict[str, Any]:
    """The answer to a photo, as people have corrected it; where it has none, the photo is kept if that is wanted."""
    features, mirror = asked.features(mirrored=mirrored)
    options["keep_evidence"] = False
    answer = asked.recogniser.answer("", features, mirror, **options)
    said = corrections.of(features.local)
    if said:
        bounded = options.get("false_accept_rate") is not None or options.get("false_discovery_rate") is not None
        answer = corrected(answer, said, _known_matches(asked.recogniser, said), bounded=bounded)
    elif answer.instance is None and not answer.either and unknown.retention.keep:
        unknown.add(shown(asked.photo), features)
    return told(asked, answer, said[0] if said else None)


def _known_matches(recogniser: Recogniser, said: list[Correction]) -> dict[str, Match]:
    """A match for each thing that was said and is still known: its first photo."""
    names = {one.instance for one in said if one.instance is not None}
    first = {name: recogniser.gallery.items(name, limit=1) for name in names}
    return {name: Match(items[0].photo, name, 0.0, 1.0, id=items[0].id) for name, items in first.items() if items}


def found(asked: Asked, **options: Any) -> dict[str, Any]:
    """The known things in a photo."""
    detections = asked.recogniser.find(asked.photo, keep_evidence=False, **options)
    things = []
    for one in detections.found:
        match = of_match(asked, one.match)
        things.append(one.to_dict() | {key: match[key] for key in ("photo", "instance_id", "about")})
    return {
        "gallery": asked.gallery.name,
        **detections.to_dict(),
        "found": things,
        "photo": asked.picture() if asked.upright else "",
    }


def explained(
    asked: Asked, *, reference: str | None, method: str | None, test_faithfulness: bool, mirrored: bool
) -> dict[str, Any]:
    """Why a photo is, or is not, what a known photo shows: the maps, and the points that both have in common."""
    recogniser = asked.recogniser
    if reference is None:
        features, mirror = asked.features(mirrored=mirrored)
        answer = recogniser.answer("", features, mirror, k=1)
        why = answer.explain(method, test_faithfulness=test_faithfulness)
        match = answer.matches[0] if answer.matches else None
        id, check = (None, None) if match is None else (match.id, match.check)
        side = features if match is None or mirror is None or not match.mirrored else mirror
    else:
        id = _known(asked, reference)
        item = recogniser.index.items[id]
        why = recogniser.explain(
            asked.photo,
            reference=item.instance if reference == instance_id(item.instance) else item.photo,
            method=method,
            test_faithfulness=test_faithfulness,
            mirrored=mirrored,
        )
        side, _ = asked.features(mirrored=False)
        check = verify(side.local, recogniser.index.local(id), NO_VOTES).check
    beside = None if id is None else _beside(asked, id, side, check)
    told = {"gallery": asked.gallery.name, **why.to_dict(), "reference": beside}
    return told | ({"photo": asked.picture()} if asked.upright else {})


def verified(first: Asked, second: Asked, *, share: float, explain: bool) -> dict[str, Any]:
    """Whether two photos show one thing, with the points that agree where neither is mirrored."""
    verifier = first.gallery.verifier(first.recogniser)
    both = [verifier.seen(one.recogniser.extract(one.photo)) for one in (first, second)]
    answer = verifier.compare(("", ""), both[0], both[1], share=share, keep_evidence=explain)
    check, sides = answer.check, [one.features.local.features.points for one in both]
    is_upright = check is not None and check.transform is not None and np.linalg.det(check.transform[:2, :2]) > 0
    told = answer.to_dict() | {
        "gallery": first.gallery.name,
        "sentence": answer.sentence,
        "first": first.picture(),
        "second": second.picture(),
        "points": _joined(check, *sides) if check is not None and is_upright else [],
    }
    return told | {"explanation": answer.explain(test_faithfulness=False).to_dict() if explain else None}


def _joined(check: SpatialVerification, here: Array, there: Array) -> list[list[float]]:
    """The pairs of points that weigh most, ``x, y`` on either photo."""
    heaviest = check.only(np.argsort(-check.weights, kind="stable")[:JOINED])
    joined: Array = np.hstack([here[heaviest.inliers[:, 0]], there[heaviest.inliers[:, 1]]])
    return joined.round(1).tolist()


def _known(asked: Asked, reference: str) -> int:
    """The first known photo of an instance, by its name or id, or else the photo of an id of its own.

    A name may be a number, such as a museum's of a painting. No place on this machine is looked up.
    """
    items = asked.recogniser.gallery.items()
    ids = [item.id for item in items if reference in (item.instance, instance_id(item.instance))]
    ids += [item.id for item in items if reference == str(item.id)]
    if not ids:
        raise Problem(
            404, "there is no such known thing or photo", found=reference[:100], remedy="/v1/instances lists them"
        )
    return ids[0]


def _beside(asked: Asked, id: int, side: PhotoFeatures, check: SpatialVerification | None) -> dict[str, Any]:
    """The known photo of an explanation, and the pairs of points that agree, ``x, y`` on either photo in its pixels."""
    try:
        item, other = asked.recogniser.index.items[id], asked.recogniser.index.local(id)
    except (KeyError, GalleryError) as error:  # removed meanwhile
        raise Problem(409, "the known photo was removed meanwhile", remedy="ask again") from error
    points = [] if check is None else _joined(check, side.local.features.points, other.features.points)
    return {
        "id": id,
        "photo": address(asked.gallery, id),
        "instance": item.instance,
        "instance_id": instance_id(item.instance),
        "width": item.width,
        "height": item.height,
        "about": facts(item),
        "points": points,
    }


def of_error(gallery: ServedGallery, error: Exception) -> Problem:
    """The problem that an error is, told without places on this machine; one that nobody foresaw is raised again."""
    match error:
        case GalleryError():
            return Problem(503, "the gallery cannot answer", found=gallery.spoken(error), retry_after=5)
        case ModelError():
            return Problem(422, gallery.spoken(error), remedy="/v1/openapi.json lists what can be asked")
        case _:
            return Problem.of(error)


def as_json(value: Any) -> Any:
    """The value with null for numbers that JSON has no word for."""
    if isinstance(value, Mapping):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
