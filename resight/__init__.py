"""resight: which one is it? Photos you know in, a name for a new photo out.

museum = resight.open("museum.gallery")
answer = museum.recognise("photo.jpg")
answer.instance, answer.probability, answer.matches[0].photo
answer.save("why.png")
answer.explain("difference").sentence
museum.find("room.jpg").found[0].outline
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from .calibration.calibration import Calibration as Calibration
    from .calibration.teaching import Lesson as Lesson
    from .errors import DatasetError as DatasetError
    from .errors import EncoderMismatch as EncoderMismatch
    from .errors import GalleryError as GalleryError
    from .errors import MissingExtra as MissingExtra
    from .errors import ModelError as ModelError
    from .errors import PhotoError as PhotoError
    from .errors import ResightError as ResightError
    from .errors import ShapeError as ShapeError
    from .errors import TrainingError as TrainingError
    from .evaluation.evaluate import Evaluation as Evaluation
    from .evaluation.evaluate import evaluate as evaluate
    from .features.photo_encoder import PhotoEncoder as PhotoEncoder
    from .features.photo_encoder import load_encoder as load_encoder
    from .indexing.calibrate import calibrate as calibrate
    from .indexing.examples import CalibrationReport as CalibrationReport
    from .indexing.gallery_editor import GalleryEditor as GalleryEditor
    from .indexing.gallery_editor import edit as edit
    from .indexing.index import index as index
    from .indexing.index_report import IndexReport as IndexReport
    from .indexing.tune import TuningReport as TuningReport
    from .indexing.tune import tune as tune
    from .metrics.acceptance import Threshold as Threshold
    from .metrics.interval import Estimate as Estimate
    from .progress import Progress as Progress
    from .recognition.recogniser import Recogniser as Recogniser
    from .recognition.verifier import Verifier as Verifier
    from .results import Detection as Detection
    from .results import Detections as Detections
    from .results import Explanation as Explanation
    from .results import Faithfulness as Faithfulness
    from .results import HeatMap as HeatMap
    from .results import Match as Match
    from .results import Recognition as Recognition
    from .results import ScoreSplit as ScoreSplit
    from .results import Verification as Verification
    from .training.finetune import train as train
    from .training.outcome import TrainingOutcome as TrainingOutcome
    from .types import Features as Features

__all__ = [
    "Calibration",
    "CalibrationReport",
    "DatasetError",
    "Detection",
    "Detections",
    "EncoderMismatch",
    "Estimate",
    "Evaluation",
    "Explanation",
    "Faithfulness",
    "Features",
    "GalleryEditor",
    "GalleryError",
    "HeatMap",
    "IndexReport",
    "Lesson",
    "Match",
    "MissingExtra",
    "ModelError",
    "PhotoEncoder",
    "PhotoError",
    "Progress",
    "Recogniser",
    "Recognition",
    "ResightError",
    "ScoreSplit",
    "ShapeError",
    "Threshold",
    "TrainingError",
    "TrainingOutcome",
    "TuningReport",
    "Verification",
    "Verifier",
    "calibrate",
    "edit",
    "evaluate",
    "index",
    "load_encoder",
    "train",
    "tune",
]
# Not `open`, which a star import would put over Python's own.

_HOMES = {
    "Calibration": "calibration.calibration",
    "CalibrationReport": "indexing.examples",
    "DatasetError": "errors",
    "Detection": "results",
    "Detections": "results",
    "EncoderMismatch": "errors",
    "Estimate": "metrics.interval",
    "Evaluation": "evaluation.evaluate",
    "Explanation": "results",
    "Faithfulness": "results",
    "Features": "types",
    "GalleryEditor": "indexing.gallery_editor",
    "GalleryError": "errors",
    "HeatMap": "results",
    "IndexReport": "indexing.index_report",
    "Lesson": "calibration.teaching",
    "Match": "results",
    "MissingExtra": "errors",
    "ModelError": "errors",
    "PhotoEncoder": "features.photo_encoder",
    "PhotoError": "errors",
    "Progress": "progress",
    "Recogniser": "recognition.recogniser",
    "Recognition": "results",
    "ResightError": "errors",
    "ScoreSplit": "results",
    "ShapeError": "errors",
    "Threshold": "metrics.acceptance",
    "TrainingError": "errors",
    "TrainingOutcome": "training.outcome",
    "TuningReport": "indexing.tune",
    "Verification": "results",
    "Verifier": "recognition.verifier",
    "calibrate": "indexing.calibrate",
    "edit": "indexing.gallery_editor",
    "evaluate": "evaluation.evaluate",
    "index": "indexing.index",
    "load_encoder": "features.photo_encoder",
    "train": "training.finetune",
    "tune": "indexing.tune",
}


def open(path: str | Path) -> Recogniser:
    """The recogniser of a gallery file; raises :class:`ResightError` where it cannot answer."""
    from .recognition.recogniser import Recogniser

    return Recogniser.open(path)


def __getattr__(name: str) -> Any:
    """Public names, imported when they are asked for: ``import resight`` itself loads nothing heavy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'resight' has no attribute {name!r}")
    return getattr(importlib.import_module(f"resight.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "open"]
