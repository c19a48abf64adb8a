"""Target of a map: one number for each photo, of a network's output."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from resight.errors import ModelError, ShapeError

Target = int | Callable[[Tensor], Tensor]
"""A class of scores ``(b, k)``, or any function of a network's output that gives ``(b,)``."""


class TargetScore(nn.Module):
    """A network up to a target: images ``(b, 3, h, w)`` to ``(b,)``."""

    def __init__(self, network: nn.Module, target: Target) -> None:
        super().__init__()
        self.network, self.target = network, target

    def forward(self, images: Tensor) -> Tensor:
        """Scores of the target, ``(b,)``, of images ``(b, 3, h, w)``."""
        return scores(self.network(images), self.target)


def scores(output: Tensor, target: Target) -> Tensor:
    """The target's number for each photo, ``(b,)``; raises ModelError for a class that does not exist."""
    if callable(target):
        found = target(output)
        if found.shape != output.shape[:1]:
            raise ShapeError(
                f"the target gives {tuple(found.shape)} for {len(output)} photos; wanted one number each, "
                f"({len(output)},): sum or choose"
            )
        return found
    if output.ndim != 2 or not 0 <= target < output.shape[1]:
        classes = f"{output.shape[1]} classes" if output.ndim == 2 else f"an output {tuple(output.shape)}"
        last = f"a class from 0 to {output.shape[1] - 1}" if output.ndim == 2 else "scores (b, k)"
        raise ModelError(f"class {target} does not exist: the network has {classes}; wanted {last}")
    return output[:, target]
