"""The curves of a training run, kept beside its checkpoint so that a resumed run shows all of them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from resight.errors import TrainingError

HISTORY: Final = "history.json"


@dataclass
class History:
    """What a run has told.

    Attributes
    ----------
    score : P@1 of the validation before the first step, None without any.
    steps : number from 1, sum of all losses, and share of the full learning rate, of each.
    epochs : by number: mean loss, rate, score, mean cosine of two photos, and seconds.
    """

    score: float | None = None
    steps: list[tuple[int, float, float]] = field(default_factory=list)
    epochs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def start(self) -> float:
        """The loss before the first step, that of its batch; NaN before there is any."""
        return self.steps[0][1] if self.steps else math.nan

    @property
    def means(self) -> tuple[float, ...]:
        """Mean loss of each epoch."""
        return tuple(epoch["loss"] for epoch in self.epochs.values())

    @property
    def scores(self) -> tuple[float, ...]:
        """P@1 before training and after each epoch; () without validation."""
        found = (self.score, *(epoch["score"] for epoch in self.epochs.values()))
        return tuple(score for score in found if score is not None)

    @property
    def seconds(self) -> dict[str, float]:
        """What training spent its time on, by name, over all epochs."""
        found: dict[str, float] = {}
        for epoch in self.epochs.values():
            for name, spent in epoch["seconds"].items():
                found[name] = found.get(name, 0.0) + spent
        return found

    @property
    def waiting(self) -> float:
        """Share of that time in which there was nothing to learn from yet."""
        spent = self.seconds
        return spent.get("waiting", 0.0) / max(sum(spent.values()), 1e-9)

    @property
    def cosine(self) -> float | None:
        """Mean of two known photos after the last epoch; None before one."""
        return list(self.epochs.values())[-1]["cosine"] if self.epochs else None

    def stepped(self, done: int, losses: Mapping[str, float], rate: float) -> None:
        """Note a step; what was noted from there on, before a kill, is forgotten."""
        while self.steps and self.steps[-1][0] >= done:
            self.steps.pop()
        self.steps.append((done, sum(losses.values()), rate))

    def decays(self) -> tuple[int, ...]:
        """Steps after which the rate begins to fall, or falls again after it stood."""
        rates = [rate for _, _, rate in self.steps]
        falls = [False, *(now < before for before, now in pairwise(rates))]
        return tuple(self.steps[place][0] for place, fell in enumerate(falls[1:]) if fell and not falls[place])

    def save(self, folder: Path) -> None:
        """Write it whole or not at all; raises OSError, and an older one is intact."""
        partial = folder / f".{HISTORY}.partial"
        try:
            partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
            partial.replace(folder / HISTORY)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise


def opened(folder: Path) -> History:
    """The history in a folder, or an empty one; raises TrainingError for a file that is damaged or cannot be read."""
    try:
        kept = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
        return History(**{**kept, "steps": [(int(done), loss, rate) for done, loss, rate in kept["steps"]]})
    except FileNotFoundError:
        return History()
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise TrainingError(
            f"{str(folder / HISTORY)!r} is no history of a training run ({error}): remove it; only curves are lost"
        ) from error
