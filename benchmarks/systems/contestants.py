"""All systems by name: ours first, then its peers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from systems import peers, resight_default
from systems.ranking import Fit, Ranking


def nearest(ranking: Ranking) -> float:
    """A peer's confidence: the score of its first photo."""
    return ranking.scores[0] if ranking.scores else -np.inf


@dataclass(frozen=True, slots=True)
class Contestant:
    """How a system is made, and how sure it says that it is of its first photo."""

    fit: Fit
    confidence: Callable[[Ranking], float] = nearest

    @property
    def source(self) -> Path:
        """The file whose code, with what it imports, decides what the system answers."""
        return Path(inspect.getfile(self.fit))


_PEERS: Final = {name: Contestant(fit) for name, fit in peers.PEERS.items()}

SYSTEMS: Final = {
    resight_default.NAME: Contestant(resight_default.default, resight_default.confidence),
    resight_default.POINTS: Contestant(resight_default.by_points, resight_default.confidence),
    **_PEERS,
}
"""Those that name things."""

PHOTO_SYSTEMS: Final = {
    f"{resight_default.NAME}, by consensus": Contestant(resight_default.by_consensus),
    f"{resight_default.NAME}, by all evidence": Contestant(resight_default.by_evidence),
    **_PEERS,
}
"""Those that rank photos, several of one thing among them."""
