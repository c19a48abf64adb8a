"""The records of an answer: what was recognised, why, and what is where.

The words of an answer are for the help of commands, too, so that nothing heavy is imported here.
"""

from __future__ import annotations

from .detection import Detection, Detections
from .explanation import Explanation
from .heat_map import Faithfulness, HeatMap, ScoreSplit, left, meaning, verdicts
from .picture import Picture, write
from .recognition import TOLD, Explainer, Match, Recognition, percent
from .verification import Verification

__all__ = [
    "TOLD",
    "Detection",
    "Detections",
    "Explainer",
    "Explanation",
    "Faithfulness",
    "HeatMap",
    "Match",
    "Picture",
    "Recognition",
    "ScoreSplit",
    "Verification",
    "left",
    "meaning",
    "percent",
    "verdicts",
    "write",
]
