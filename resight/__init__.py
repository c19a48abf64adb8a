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

    from .errors import PhotoError as PhotoError
    from .errors import ResightError as ResightError
    from .evaluation.evaluate import Evaluation as Evaluation
    from .evaluation.evaluate import evaluate as evaluate
    from .indexing.enrolled import IndexReport as IndexReport
    from .indexing.index import index as index
    from .recogniser import Recogniser as Recogniser
    from .results import Detection as Detection
    from .results import Detections as Detections
    from .results import Explanation as Explanation
    from .results import HeatMap as HeatMap
    from .results import Match as Match
    from .results import Recognition as Recognition

__all__ = [
    "Detection",
    "Detections",
    "Evaluation",
    "Explanation",
    "HeatMap",
    "IndexReport",
    "Match",
    "PhotoError",
    "Recogniser",
    "Recognition",
    "ResightError",
    "evaluate",
    "index",
    "open",
]

_HOMES = {
    "IndexReport": "indexing.enrolled",
    "PhotoError": "errors",
    "Evaluation": "evaluation.evaluate",
    "HeatMap": "results",
    "Detections": "results",
    "Detection": "results",
    "Match": "results",
    "Explanation": "results",
    "Recogniser": "recogniser",
    "Recognition": "results",
    "ResightError": "errors",
    "evaluate": "evaluation.evaluate",
    "index": "indexing.index",
}


def open(path: str | Path) -> Recogniser:
    """The recogniser of a gallery file; raises :class:`ResightError` where it cannot answer."""
    from .recogniser import Recogniser

    return Recogniser.open(path)


def __getattr__(name: str) -> Any:
    """Public names, imported when they are asked for: ``import resight`` itself loads nothing heavy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'resight' has no attribute {name!r}")
    return getattr(importlib.import_module(f"resight.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
