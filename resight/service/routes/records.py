"""Bodies of responses, as the OpenAPI document has them: the JSON of the library's records."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .body_examples import CHANGED, DETECTIONS, RECOGNITION, VERIFICATION


class Body(BaseModel):
    """A body with nothing beside what is documented."""

    model_config = ConfigDict(extra="forbid")


class Upright(Body):
    """The photo that was sent, upright: its size in pixels, and a JPEG in Base64 where that is wanted."""

    width: int
    height: int
    jpeg: str = ""


class MatchBody(Body):
    """A known photo and how the photo fits it: ``resight.results.Match``."""

    photo: str = Field(description="Address of the small image of the known photo.")
    id: int
    instance: str
    instance_id: str
    score: float
    probability: float
    inliers: int
    transform: list[list[float]] | None
    mirrored: bool
    about: dict[str, object] = Field(description="Facts known of the known photo, such as its credit.")


class CorrectionBody(Body):
    """A person's word about a photo."""

    id: str
    time: str
    key: str
    digest: str
    instance: str | None
    instead_of: str | None
    learned: str
    undone: bool


class RecognitionBody(Body):
    """Answer to what a photo shows: ``resight.results.Recognition``."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECOGNITION]})

    gallery: str
    photo: Upright | str
    sentence: str
    instance: str | None
    either: list[str]
    probability: float
    unknown_probability: float
    runner_up: str | None
    margin: float
    mirrored: bool
    hint: str | None
    matches: list[MatchBody]
    corrected: CorrectionBody | None = Field(description="What a person has said about this photo, which is heeded.")


class DetectionBody(MatchBody):
    """A known thing somewhere in a photo: ``resight.results.Detection``."""

    instance: str | None  # type: ignore[assignment]
    either: list[str]
    outline: list[tuple[float, float]]
    way: str


class DetectionsBody(Body):
    """The known things in a photo: ``resight.results.Detections``."""

    model_config = ConfigDict(json_schema_extra={"examples": [DETECTIONS]})

    gallery: str
    photo: Upright | str
    sentence: str
    size: tuple[int, int]
    found: list[DetectionBody]
    hint: str | None


class FaithfulnessBody(Body):
    """Whether the bright places of a map are those that count: ``resight.results.Faithfulness``."""

    deletion: float
    insertion: float
    random: float
    holds: bool
    told: str


class SplitBody(Body):
    """Parts that a score is made of: ``resight.results.ScoreSplit``."""

    score: float
    above: float
    below: float
    constant: float
    answered: float | None


class HeatMapBody(Body):
    """A map over a photo: ``resight.results.HeatMap``."""

    frame: str
    method: str
    target: str
    width: int
    height: int
    png: str
    faithfulness: FaithfulnessBody | None
    split: SplitBody | None


class ReferenceBody(Body):
    """The known photo of an explanation, and the points of both photos that agree: ``x, y`` on either."""

    id: int
    photo: str
    instance: str
    instance_id: str
    width: int
    height: int
    about: dict[str, object]
    points: list[tuple[float, float, float, float]]


class ExplanationBody(Body):
    """Why a photo is, or is not, what a known photo shows: ``resight.results.Explanation``."""

    gallery: str
    caption: str
    hint: str | None
    compared: bool
    sentence: str
    maps: list[HeatMapBody]
    reference: ReferenceBody | None
    photo: Upright | None = None


class PhotoBody(Body):
    """A known photo."""

    id: int
    photo: str = Field(description="Address of its small image.")
    instance: str
    instance_id: str
    width: int
    height: int
    about: dict[str, object]


class RemarkBody(Body):
    """Something to look at in a known thing; ``name`` is the other thing's, "" where there is none."""

    kind: Literal["one_picture", "looks_like", "one_photo"]
    name: str


class InstanceBody(Body):
    """A known thing."""

    id: str
    name: str
    photos: int
    cover: str = Field(description="Address of the small image of its first photo.")
    trouble: float = Field(description="How much there is to look at: 0 for nothing.")
    remarks: list[RemarkBody]


class InstanceListBody(Body):
    """Known things, some of them all."""

    gallery: str
    total: int
    instances: list[InstanceBody]


class WholeInstanceBody(InstanceBody):
    """A known thing with its photos."""

    gallery: str
    items: list[PhotoBody]


class ChangedBody(Body):
    """A change that is on the disk; ``change`` undoes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGED]})

    gallery: str
    change: str
    instance: str | None = None
    instance_id: str | None = None
    ids: list[int] = []
    added: int = 0
    removed: int = 0
    remark: str = ""


class JobBody(Body):
    """Long work: where it stands."""

    id: int
    kind: str
    gallery: str
    state: str
    stage: str
    done: int
    total: int
    told: str


class GalleryBody(Body):
    """A gallery that is served."""

    name: str
    ready: bool
    fault: str
    photos: int
    instances: int
    keeps: bool = Field(description="Whether photos that get no name are kept.")


class StatusBody(Body):
    """Whether the service lives, or answers."""

    status: str


class StateBody(StatusBody):
    """Whether each gallery answers."""

    galleries: list[GalleryBody]


class CorrectedBody(Body):
    """A correction that is on the disk; ``change`` undoes it."""

    gallery: str
    change: str
    correction: CorrectionBody


class KeepingBody(Body):
    """Whether photos without a name are kept, how many at most, and how many days."""

    keep: bool = False
    limit: int = Field(200, ge=1, le=1000)
    days: int = Field(30, ge=1, le=3650)


class UnknownPhotoBody(Body):
    """A photo that got no name; ``time`` is in seconds since 1970."""

    id: str
    time: float


class UnknownGroupBody(Body):
    """Photos without a name that show the same thing."""

    id: str
    photos: list[UnknownPhotoBody]


class UnknownBody(Body):
    """The photos without a name."""

    gallery: str
    keeping: KeepingBody
    groups: list[UnknownGroupBody]


class EstimateBody(Body):
    """A share and its 95 % interval, of ``n`` photos."""

    value: float
    low: float
    high: float
    n: int


class PairBody(Body):
    """Known photos of two things."""

    instances: tuple[str, str]
    photos: tuple[str, str]


class HarmfulBody(Body):
    """A known photo that does harm."""

    id: int
    photo: str
    instance: str
    questions: int = Field(description="How many questions about other things it was the answer to.")
    reason: str


class AdviceBody(Body):
    """A thing of which more photos are worth taking."""

    instance: str
    photos: int
    known: int
    sureness: float
    reason: str


class HealthBody(Body):
    """Health of a gallery."""

    gallery: str
    photos: int
    instances: int
    accuracy: EstimateBody | None
    confusable: list[PairBody]
    near_duplicates: list[PairBody]
    harmful: list[HarmfulBody]
    advice: list[AdviceBody]
    wanted: int
    lesson: str


class CurvePointBody(Body):
    """Cost of one false-accept rate."""

    false_accept_rate: float
    threshold: float
    named: float
    promised: bool


class CurveBody(Body):
    """Costs of false-accept rates."""

    gallery: str
    points: list[CurvePointBody]


class MapPointBody(Body):
    """A thing on the map of a gallery, where ``x`` and ``y`` go from 0 to 1."""

    id: str
    name: str
    photo: str
    x: float
    y: float


class MapBody(Body):
    """The map of a gallery."""

    gallery: str
    things: list[MapPointBody]


class MapsBody(Body):
    """Heat maps of an answer: ``resight.results.Explanation``."""

    caption: str
    hint: str | None
    compared: bool
    sentence: str
    maps: list[HeatMapBody]


class VerificationBody(Body):
    """Whether two photos show one thing: ``resight.results.Verification``."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERIFICATION]})

    gallery: str
    first: Upright
    second: Upright
    sentence: str
    same: bool
    probability: float
    likelihood_ratio: float | None
    bounds: tuple[float, float]
    parts: dict[str, float]
    figures: dict[str, float | None]
    weights: dict[str, float]
    relation: str
    notes: list[str]
    inliers: int
    transform: list[list[float]] | None
    points: list[tuple[float, float, float, float]]
    explanation: MapsBody | None
