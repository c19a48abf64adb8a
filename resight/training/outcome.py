"""TrainingOutcome of a training: its settings, its photos, its curves, and what it was worth before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.io.model_folder import Model
from resight.nn.loop.schedules import BY_HISTORY
from resight.types import Array, Image

from .diagnosis import Verdict
from .history import History
from .measurement import Measurement, compared
from .settings import FineTuningConfig
from .training_set import TrainingSet

PROTOCOL: Final = "cosine of global descriptors, exact search, no local features; whitened where a gallery is"
"""Protocol by which the figures were found."""


CHANGES: Final = {
    "better": Verdict("better", "on what was asked the encoder is better than before", ()),
    "worse": Verdict(
        "worse",
        "on what was asked the encoder is worse than before",
        (
            "keep the encoder that it started from",
            "train milder: --set rate=3e-5, or --set kept=0.5, which keeps half of what it was",
            "add photos: a second and a third of each thing teach more than any setting",
        ),
    ),
    "undecided": Verdict(
        "undecided",
        "what was asked does not decide whether the encoder is better than before",
        (
            "keep the encoder that it started from until it is decided",
            "ask more: many photos in a folder query, taken as yours will be, decide what a few questions cannot",
            "add photos: a second and a third of each thing teach more than any setting",
            "train longer, --set epochs=30, or by another recipe, such as --preset triplet",
        ),
    ),
    "too easy": Verdict(
        "too easy",
        "all that was asked was answered rightly before and after: these questions cannot show what was learned",
        (
            "ask what is harder: photos in a folder query, taken as yours will be, and others that show nothing known",
            "keep the encoder that it started from until they tell the two apart",
        ),
    ),
    "unknown": Verdict(
        "unknown",
        "no question could be asked that has an answer: whether it worked is not known",
        ("put photos of things that are known into a folder query",),
    ),
}
"""Sentences on what a training was worth, by `TrainingOutcome.change`, and what to do then."""


@dataclass(frozen=True, eq=False)
class TrainingOutcome:
    """The outcome of a training.

    Attributes
    ----------
    model, start : the folder that was written, and the encoder it began as.
    config : the settings.
    training_set : the photos, which of them were learned and which asked about.
    history : loss, rate and score of each epoch.
    before, after : answers to the same questions by the encoder that training began with, and by the trained one.
    verdicts : findings on the curves, each with its meaning and what to try.
    reason : why training ended, "done" or "patience".
    epoch : whose weights were taken: with patience that of the best P@1, else the last.
    first_layers : "before" and "after": the "photo", the "filters" and the "maps" by layer.
    """

    model: Path
    start: Model
    config: FineTuningConfig
    training_set: TrainingSet
    history: History
    before: Measurement
    after: Measurement
    verdicts: tuple[Verdict, ...]
    reason: str
    epoch: int
    first_layers: Mapping[str, Mapping[str, Any]]

    def __repr__(self) -> str:
        return f"<TrainingOutcome in {str(self.model)!r}: {self.change}>"

    @property
    def kinds(self) -> dict[str, Array]:
        """Masks of the questions that count, ``(q,)`` bool each.

        "all" that are no leak, and where there are both kinds, "photos" and "views"; where there are leaks, "with
        leaks", too.
        """
        kept, viewed = self.training_set.kept, self.training_set.parts.viewed
        parts = {"photos": kept & ~viewed, "views": kept & viewed}
        both = all(chosen.any() for chosen in parts.values())
        leaked = {} if kept.all() else {"with leaks": np.ones(len(kept), bool)}
        return {"all": kept, **(parts if both else {}), **leaked}

    @cached_property
    def figures(self) -> dict[str, Any]:
        """P@1 and µAP before and after by kind of question, with intervals, and the paired difference."""
        return {
            name: {
                "before": {each: found.to_dict() for each, found in self.before.figures(chosen).items()},
                "after": {each: found.to_dict() for each, found in self.after.figures(chosen).items()},
                **compared(self.before, self.after, chosen),
            }
            for name, chosen in self.kinds.items()
        }

    @property
    def change(self) -> str:
        """Change by µAP's paired interval: "better", "worse", or "undecided".

        "too easy" where nothing could become better, and "unknown" where nothing has an answer.
        """
        found = self.figures["all"]
        gained = found.get("micro_ap_gained")
        if gained is None:
            return "unknown"
        if found["before"]["micro_ap"]["value"] == found["after"]["micro_ap"]["value"] == 1:
            return "too easy"
        return "better" if gained["low"] > 0 else "worse" if gained["high"] < 0 else "undecided"

    def question(self, number: int) -> Image:
        """The square that was asked about, as a photo or as the view of it."""
        row = int(self.training_set.parts.asked[number])
        square: Image = np.array(self.training_set.decoded.pixels[row])
        if not self.training_set.parts.viewed[number]:
            return square
        from resight.nn.tasks import fine_tuning

        return fine_tuning.view(square, self.config.views, self.config.seed + row)

    def to_dict(self) -> dict[str, Any]:
        """The public JSON: score, protocol, hash of the data, and all that they rest on."""
        training_set = self.training_set
        return {
            "change": self.change,
            "figures": self.figures,
            "protocol": {
                "search": PROTOCOL,
                **training_set.parts.to_dict(),
                "chosen_by_these_questions": self._chosen(),
            },
            "data_sha256": training_set.identity,
            "start": {"name": self.start.card.name, "fingerprint": self.start.fingerprint},
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "training": {
                "ended": self.reason,
                "epoch": self.epoch,
                "steps": self.history.steps[-1][0] if self.history.steps else 0,
                "losses": [self.history.start, *self.history.means],
                "scores": list(self.history.scores),
                "judged": [self.history.yardstick, *self.history.yardsticks],
                "seconds": self.history.seconds,
            },
            "photos": len(training_set.entries),
            "instances": len(np.unique(training_set.labels[training_set.parts.learned])),
            "instances_of_one_photo": training_set.single,
            "unlabelled": sum(
                entry.split not in ("query", "distractor") and not entry.labels for entry in training_set.entries
            ),
            "unreadable": list(training_set.decoded.skipped),
            "leaks": [asdict(leak) for leak in training_set.leaks],
            "settings": asdict(self.config),
        }

    def _chosen(self) -> str:
        """Words on what of the model was decided by the questions that measure it."""
        chosen = ["when to stop and which epoch to take"] if self.config.patience else []
        if self.config.schedule in BY_HISTORY:
            chosen.append("when the rate falls")
        return ", and ".join(chosen) or "nothing"
