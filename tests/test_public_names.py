"""The names that others build on: changing one is a reviewed act, here."""

from __future__ import annotations

import inspect

import pytest

import resight
from resight import errors
from resight.evaluation.evaluate import evaluate
from resight.features.photo_encoder import PhotoEncoder
from resight.indexing.gallery_editor import GalleryEditor
from resight.indexing.index import index
from resight.recognition.recogniser import Recogniser
from resight.results import Detection, Detections, Explanation, HeatMap, Match, Recognition

NAMES = [
    *(
        "Calibration",
        "CalibrationReport",
        "DatasetError",
        "Detection",
        "Detections",
        "EncoderMismatch",
        "Estimate",
        "Evaluation",
    ),
    *(
        "Explanation",
        "Faithfulness",
        "Features",
        "GalleryEditor",
        "GalleryError",
        "HeatMap",
        "IndexReport",
        "Lesson",
        "Match",
    ),
    *("MissingExtra", "ModelError", "PhotoEncoder", "PhotoError", "Progress", "Recogniser", "Recognition"),
    *("ResightError", "ScoreSplit", "ShapeError", "Threshold", "TrainingError", "TrainingOutcome"),
    *("TuningReport", "Verification", "Verifier"),
    *("calibrate", "edit", "evaluate", "index", "load_encoder", "train", "tune"),
]

SIGNATURES = {
    "open": "(path: 'str | Path') -> 'Recogniser'",
    "index": "(roots: 'Root | Sequence[Root]', path: 'Root', *, encoders: 'Root | Sequence[Root] | None' = None, "
    "unknown: 'Root | Sequence[Root]' = (), examples: 'Root | Sequence[Root]' = (), rebuild: 'bool' = False, "
    "forget: 'bool' = False, again: 'bool' = False, format: 'str | None' = None, "
    "progress: 'Watch | None' = None) -> 'IndexReport'",
    "calibrate": "(path: 'Root', *, examples: 'Examples' = (), unknown: 'Root | Sequence[Root]' = (), "
    "seen: 'Root | Sequence[Root]' = (), "
    "others_unknown: 'bool' = False, forget: 'bool | Collection[bytes]' = False, progress: 'Watch | None' = None) "
    "-> 'CalibrationReport'",
    "evaluate": "(roots: 'Root | Sequence[Root]', *, encoders: 'Root | Sequence[Root]' = ('classical', 'house'), "
    "false_accept_rate: 'float | None' = None, false_discovery_rate: 'float | None' = None, "
    "unknown_share: 'float | None' = None, gallery: 'Root | None' = None, format: 'str | None' = None, "
    "frame_gap: 'int' = 0, report: 'Root | None' = None, progress: 'Watch | None' = None) -> 'Evaluation'",
    "edit": "(path: 'Root', *, progress: 'Watch | None' = None) -> 'GalleryEditor'",
    "load_encoder": "(name_or_path: 'Root') -> 'PhotoEncoder'",
    "tune": "(path: 'Root', *, latency: 'float | None' = None, reset: 'bool' = False, "
    "progress: 'Watch | None' = None) -> 'TuningReport'",
    "train": "(photos: 'Root | Sequence[Root]', output: 'Root', *, preset: 'str' = 'contrast', "
    "start: 'Root | None' = None, architecture: 'str | None' = None, report: 'bool' = True, "
    "progress: 'Watch | None' = None, **settings: 'Unpack[Settings]') -> 'TrainingOutcome'",
    "GalleryEditor.add": "(self, photos: 'Source | Iterable[Source]', instance: 'str', *, name: 'str' = '') -> 'int'",
    "GalleryEditor.remove": "(self, *instances: 'str', photos: 'Root | Iterable[Root]' = (), "
    "ids: 'Iterable[int]' = (), below: 'Root | Iterable[Root]' = ()) -> 'int'",
    "GalleryEditor.rename": "(self, old: 'str', new: 'str', *, merge: 'bool' = False) -> 'int'",
    "PhotoEncoder.encode": "(self, photos: 'Iterable[Source]', *, batch_size: 'int' = 32, "
    "progress: 'Watch | None' = None) -> 'Array'",
    "PhotoEncoder.encode_scales": "(self, photos: 'Iterable[Source]', scales: 'Sequence[float]' = "
    "(0.25, 0.5, 0.7071067811865476, 1.0, 1.4142135623730951), *, batch_size: 'int' = 32, "
    "progress: 'Watch | None' = None) -> 'Array'",
    "PhotoEncoder.features": "(self, photo: 'Source') -> 'Features'",
    "Recogniser.open": "(path: 'str | Path') -> 'Self'",
    "Recogniser.find": "(self, photo: 'Source', *, method: 'str' = 'both', false_accept_rate: 'float | None' = None, "
    "false_discovery_rate: 'float | None' = None, unknown_share: 'float' = 0.5, keep_evidence: 'bool' = True) "
    "-> 'Detections'",
    "Recogniser.recognise": "(self, photo: 'Source', *, k: 'int' = 5, false_accept_rate: 'float | None' = None, "
    "false_discovery_rate: 'float | None' = None, unknown_share: 'float' = 0.5, keep_evidence: 'bool' = True, "
    "mirrored: 'bool' = False) -> 'Recognition'",
    "Recogniser.explain": "(self, photo: 'Source', *, reference: 'Source | None' = None, method: 'str | None' = None, "
    "test_faithfulness: 'bool' = True, mirrored: 'bool' = False) -> 'Explanation'",
    "Recognition.explain": "(self, method: 'str | None' = None, *, test_faithfulness: 'bool' = True) -> 'Explanation'",
    "Recogniser.recognise_many": "(self, photos: 'Iterable[Source]', *, k: 'int' = 5, "
    "false_accept_rate: 'float | None' = None, false_discovery_rate: 'float | None' = None, "
    "unknown_share: 'float' = 0.5, keep_evidence: 'bool' = False, "
    "mirrored: 'bool' = False, errors: \"Literal['yield', 'raise']\" = 'yield') "
    "-> 'Iterator[Recognition | PhotoError]'",
}

MEMBERS = {
    GalleryEditor: ["add", "calibrate", "close", "remove", "rename"],
    PhotoEncoder: ["dimension", "encode", "encode_scales", "features", "fingerprint", "has_descriptors", "name"],
    Recogniser: [
        "answer",
        "candidates",
        "close",
        "contrast",
        "explain",
        "extract",
        "find",
        "info",
        "long_side",
        "naming",
        "open",
        *("recognise", "recognise_many", "recognize", "recognize_many"),
        "refresh",
        "unfinished",
    ],
    Recognition: [
        *(
            "detail",
            "either",
            "explain",
            "explainer",
            "hint",
            "instance",
            "margin",
            "matches",
            "mirrored",
            "photo",
            "picture",
        ),
        *("probability", "runner_up", "save", "sentence", "to_dict", "unknown_probability"),
    ],
    Explanation: ["caption", "compared", "hint", "picture", "query", "reference", "save", "sentence", "to_dict"],
    HeatMap: ["faithfulness", "frame", "heat", "method", "split", "target", "to_dict"],
    Detections: ["found", "hint", "photo", "picture", "save", "sentence", "size", "to_dict"],
    Detection: [
        "either",
        "instance",
        "match",
        "method",
        "name",
        "other",
        "outline",
        "probability",
        "sureness",
        "to_dict",
    ],
    Match: ["check", "id", "instance", "mirrored", "photo", "probability", "score", "to_dict"],
}


def test_the_public_names() -> None:
    assert resight.__all__ == NAMES
    assert dir(resight) == sorted([*NAMES, "open"])


def test_a_star_import_leaves_the_open_of_python_alone() -> None:
    room: dict[str, object] = {}
    exec("from resight import *\nfile = open", room)
    assert room["file"] is open
    assert resight.open is not open


def test_every_error_has_a_public_name() -> None:
    raised = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}
    assert raised <= set(resight.__all__)


def test_each_name_is_what_it_says() -> None:
    for name in NAMES:
        found = getattr(resight, name)
        assert found.__name__ == name
        assert inspect.getdoc(found)
    assert (resight.index, resight.evaluate, resight.Recogniser) == (index, evaluate, Recogniser)


def test_all_of_it_can_be_imported_at_once() -> None:
    room: dict[str, object] = {}
    exec("from resight import *", room)
    assert set(NAMES) <= set(room)


def test_a_name_that_is_none_is_told() -> None:
    with pytest.raises(AttributeError, match=r"module 'resight' has no attribute 'recognize'"):
        resight.recognize  # noqa: B018


def test_the_signatures() -> None:
    found = {}
    for path in SIGNATURES:
        value: object = resight
        for name in path.split("."):
            value = getattr(value, name)
        assert callable(value)
        found[path] = str(inspect.signature(value))
    assert found == SIGNATURES


def test_the_members() -> None:
    for record, names in MEMBERS.items():
        assert [name for name in dir(record) if not name.startswith("_")] == names
