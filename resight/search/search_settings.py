"""Search settings: what of a gallery's recogniser is chosen by evidence, as ``resight tune`` stores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from resight.gallery.protocol import Gallery
from resight.gallery.remedies import damaged

from .voting_rule import VotingRule

COMPARED: Final = 5
"""Photos, each of another instance, that are looked at closely; two more of each global proposer."""

MOST: Final = 20
"""Photos that may be looked at closely, at most: as many as are proposed."""

KEY: Final = "search"
"""Name under which a calibration stores the settings that it was fitted with."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """The part of a recogniser that may differ between galleries; what is not named otherwise is the default.

    Attributes
    ----------
    compared : photos, each of another instance, whose points and pixels are compared, 1 to MOST.
    whiten : whether global descriptors are whitened.
    vote : by which the photos nearest to a global descriptor speak for an instance; the top score is the cosine of the
        instance's own photo alone.
    reason : sentences on why these were chosen; they are told, and settings are equal without them.

    Raises ValueError for what is out of range.
    """

    compared: int = COMPARED
    whiten: bool = True
    vote: VotingRule = field(default_factory=lambda: VotingRule("top"))
    reason: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.compared <= MOST:
            raise ValueError(f"{self.compared} photos are to be compared; wanted 1 to {MOST}")

    def __str__(self) -> str:
        """The settings in words, such as "5 photos compared, whitened, top score"."""
        compared = f"{self.compared} {'photo' if self.compared == 1 else 'photos'} compared"
        return f"{compared}, {'whitened' if self.whiten else 'not whitened'}, {self.vote}"

    def to_dict(self) -> dict[str, Any]:
        """The settings as JSON, which a gallery stores."""
        return {**asdict(self), "reason": list(self.reason)}

    @classmethod
    def of(cls, told: object) -> Self:
        """Restore settings from JSON; raises ValueError for what :meth:`to_dict` does not give."""
        if not isinstance(told, Mapping) or told.keys() != {"compared", "whiten", "vote", "reason"}:
            raise ValueError(f"search settings are {told!r:.80}; wanted compared, whiten, vote and reason")
        vote, reason = told["vote"], told["reason"]
        if not isinstance(vote, Mapping) or vote.keys() != {"kind", "k", "f", "alpha"}:
            raise ValueError(f"the vote is {vote!r:.80}; wanted kind, k, f and alpha")
        kinds = (type(told["compared"]) is int, type(told["whiten"]) is bool, type(vote["k"]) is int)
        words = isinstance(reason, list) and all(isinstance(line, str) for line in reason)
        spelled = isinstance(vote["kind"], str) and isinstance(vote["f"], str)
        if not all((*kinds, words, spelled, vote["alpha"] is None or type(vote["alpha"]) is float)):
            raise ValueError(f"search settings are {told!r:.80}; wanted numbers, names and sentences")
        rule = VotingRule(vote["kind"], vote["k"], vote["f"], vote["alpha"])
        return cls(told["compared"], told["whiten"], rule, tuple(reason))


def settings_of(gallery: Gallery) -> SearchSettings:
    """The settings that a gallery's calibration was fitted with, or the default; raises GalleryError for others."""
    stored = gallery.calibration()
    told = None if stored is None else stored.parameters.get(KEY)
    try:
        return SearchSettings() if told is None else SearchSettings.of(told)
    except ValueError as error:
        raise damaged(gallery.location, f"its search settings are wrong: {error}") from error
