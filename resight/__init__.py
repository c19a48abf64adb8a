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

    from .answer import Explanation as Explanation
    from .answer import Findings as Findings
    from .answer import Found as Found
    from .answer import Match as Match
    from .answer import Rationale as Rationale
    from .answer import Recognition as Recognition
    from .enrolled import Enrolled as Enrolled
    from .errors import PhotoError as PhotoError
    from .errors import ResightError as ResightError
    from .evaluation import Evaluation as Evaluation
    from .evaluation import evaluate as evaluate
    from .indexing import index as index
    from .recogniser import Recogniser as Recogniser

__all__ = [
    "Enrolled",
    "Evaluation",
    "Explanation",
    "Findings",
    "Found",
    "Match",
    "PhotoError",
    "Rationale",
    "Recogniser",
    "Recognition",
    "ResightError",
    "evaluate",
    "index",
    "open",
]

_HOMES = {
    "Enrolled": "enrolled",
    "PhotoError": "errors",
    "Evaluation": "evaluation",
    "Explanation": "answer",
    "Findings": "answer",
    "Found": "answer",
    "Match": "answer",
    "Rationale": "answer",
    "Recogniser": "recogniser",
    "Recognition": "answer",
    "ResightError": "errors",
    "evaluate": "evaluation",
    "index": "indexing",
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
