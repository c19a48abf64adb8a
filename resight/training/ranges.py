"""Ranges of settings: which numbers something can be trained with."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

from resight.errors import TrainingError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Range:
    """Finite numbers from ``least`` to ``most``; ``above`` and ``below`` leave out these two themselves."""

    least: int
    most: float = math.inf
    above: bool = False
    below: bool = False

    def holds(self, number: float) -> bool:
        """Whether a number lies in it; what is no number does not."""
        if isinstance(number, float) and not math.isfinite(number):
            return False
        low = number > self.least if self.above else number >= self.least
        return low and (number < self.most if self.below else number <= self.most)

    def __str__(self) -> str:
        low = f"above {self.least}" if self.above else f"{self.least} at least"
        high = f"below {self.most}" if self.below else f"{self.most} at most"
        return low if math.isinf(self.most) else f"{low} and {high}"


MANY: Final = 2**31 - 1
"""The most that anything is counted to."""
NATURAL: Final = Range(0, MANY)
COUNT: Final = Range(1, MANY)
SEVERAL: Final = Range(2, MANY)
SIDE: Final = Range(16, 2**14)
"""Range of sides of photos and views, in pixels."""
POSITIVE: Final = Range(0, above=True)
SHARE: Final = Range(0, 1)
SEED: Final = Range(0, 2**32 - 1)


def ranges(kind: type[DataclassInstance]) -> dict[str, Range]:
    """Ranges of a record's settings by name; each stands beside its field, as in ``epochs: Annotated[int, COUNT]``."""
    hints = get_type_hints(kind, include_extras=True).items()
    return {name: found for name, hint in hints for found in get_args(hint)[1:] if isinstance(found, Range)}


def require_within(config: DataclassInstance) -> None:
    """Raises TrainingError for the first setting that is out of its range.

    Of several numbers, a tuple, there must be one at least, and each whole and in the range.
    """
    for name, wanted in ranges(type(config)).items():
        found = getattr(config, name)
        several = isinstance(found, tuple)
        if not (_all_hold(found, wanted) if several else wanted.holds(found)):
            what = f"whole numbers, each {wanted}" if several else str(wanted)
            raise TrainingError(f"the setting {name} is {json.dumps(found)}; wanted {what}")


def require_device(device: str) -> None:
    """Raises TrainingError for the name of a device that nothing can be trained on."""
    if device not in ("", "cpu", "cuda"):
        raise TrainingError(f"the setting device is {device!r}; wanted cpu, cuda, or nothing for what is there")


def _all_hold(found: tuple[Any, ...], wanted: Range) -> bool:
    return bool(found) and all(type(each) is int and wanted.holds(each) for each in found)
