"""Micro-batches: the gradient of a batch that is too large for memory, a few photos at a time.

Kohl 2017, appendix A.1, made exact (docs/papers.md). Each division adds to the parameters' ``grad`` what one pass over
the whole batch would: losses that are means over items are scaled and summed, all others go by their gradient at the
embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from resight.errors import TrainingError

from .task import Batch

Losses = dict[str, Tensor]

Run = Callable[..., Any]
"""``run(work, *arguments)`` is ``work(module, *arguments)``, in the precision in which the module is trained."""

Apart = Callable[[], AbstractContextManager[Any]]
"""Within it gradients stay with the worker that found them; the last micro-batch shares what all have added up."""


class Embedding(Protocol):
    """A module whose losses take all embeddings of a batch at once; its forward is one after the other."""

    def describe(self, images: Tensor) -> Tensor:
        """Embeddings ``(b, d)`` of images ``(b, …)``, each by itself."""

    def losses(self, embeddings: Tensor, *rest: Tensor) -> Losses:
        """Losses of embeddings and what else the batch holds."""


def by_rows(run: Run, batch: Batch, *, size: int, apart: Apart = nullcontext) -> Losses:
    """The division of losses that are means over all photos of a batch, each a row of each of its tensors."""
    parts = zip(*(torch.split(each, size) for each in batch), strict=True)
    return _scaled(run, [(part, len(part[0]) / len(batch[0])) for part in parts], apart)


def by_pairs(run: Run, batch: Batch, *, size: int, apart: Apart = nullcontext) -> Losses:
    """The division of losses that are means over pairs.

    The batch is images ``(b, …)``, pairs of their rows ``(t, 2)``, and more of each pair. At least one pair, which is
    two images, is taken at a time; an image of several pairs is embedded with each.
    """
    images, *rest = batch
    shares = []
    for pairs, *more in zip(*(torch.split(each, max(size // 2, 1)) for each in rest), strict=True):
        used, places = torch.unique(pairs, return_inverse=True)
        shares.append(((images[used], places, *more), len(pairs) / len(rest[0])))
    return _scaled(run, shares, apart)


def _scaled(run: Run, shares: Sequence[tuple[Batch, float]], apart: Apart) -> Losses:
    """Micro-batches, each with its share n / m of the items, by which its losses are scaled."""
    sums: Losses = {}
    for number, (part, share) in enumerate(shares, 1):
        with apart() if number < len(shares) else nullcontext():
            losses = {name: share * loss for name, loss in run(nn.Module.__call__, *part).items()}
            total(losses).backward()  # type: ignore[no-untyped-call]
        for name, loss in losses.items():
            sums[name] = sums.get(name, torch.zeros_like(loss)) + loss.detach()
    return sums


def jointly(run: Run, batch: Batch, *, size: int, apart: Apart = nullcontext) -> Losses:
    """The division of losses that need all embeddings at once, of an `Embedding`; images ``(b, …)`` lead the batch.

    First all images are embedded without a graph, ``size`` at a time; the gradient of the losses at the embeddings is
    found; then each micro-batch is embedded again, with its graph, and sent its part of that gradient. What is drawn
    meanwhile, such as by dropout, is drawn alike both times. Parameters of the losses themselves get theirs, too.
    """
    images, *rest = batch
    parts, states, found = torch.split(images, size), [], []
    with apart():
        for part in parts:
            states.append(_random_state(images.device))
            with torch.no_grad():
                found.append(run(_described, part))
        embeddings = torch.cat(found).requires_grad_()
        losses = run(_judged, embeddings, *rest)
        gradient, own = _gradients(run, total(losses), embeddings)
        *first, last = zip(parts, torch.split(gradient, size), states, strict=True)
        for part, slope, state in first:
            with _drawing_from(state, images.device):
                run(_echo, part, slope, ()).backward()
    part, slope, state = last
    with _drawing_from(state, images.device):
        run(_echo, part, slope, own).backward()
    return {name: loss.detach() for name, loss in losses.items()}


def _gradients(run: Run, loss: Tensor, embeddings: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """A loss's gradient at the embeddings, and at those parameters that it has itself, each beside its parameter."""
    leaves = [leaf for leaf in run(_leaves) if leaf.requires_grad]
    if not loss.requires_grad:
        return torch.zeros_like(embeddings), []
    first, *others = torch.autograd.grad(loss, [embeddings, *leaves], allow_unused=True)
    own = [(leaf, slope) for leaf, slope in zip(leaves, others, strict=True) if slope is not None]
    return torch.zeros_like(embeddings) if first is None else first, own


def _echo(module: Embedding, images: Tensor, gradient: Tensor, own: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """A number whose gradient in the network is what ``gradient`` at its embeddings gives; ``own`` likewise."""
    sums = [(module.describe(images) * gradient).sum(), *((leaf * slope).sum() for leaf, slope in own)]
    return torch.stack(sums).sum()


def _described(module: Embedding, images: Tensor) -> Tensor:
    return module.describe(images)


def _judged(module: Embedding, embeddings: Tensor, *rest: Tensor) -> Losses:
    return module.losses(embeddings, *rest)


def total(losses: Losses) -> Tensor:
    """The sum that is minimised."""
    return torch.stack(list(losses.values())).sum()


def freeze_norms(network: nn.Module) -> None:
    """Put batch norms into evaluation mode, so that they use the statistics they were given and keep them.

    To be called after every ``train()``, which undoes it.
    """
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.eval()


def require_frozen(network: nn.Module) -> None:
    """Raises TrainingError for a norm in training mode, whose statistics would be those of a micro-batch."""
    for name, module in network.named_modules():
        if isinstance(module, _BatchNorm) and module.training:
            raise TrainingError(
                f"the norm {name!r} learns from each batch, and would follow each micro-batch; wanted norms that keep "
                "their statistics: freeze the norms, or train on whole batches"
            )


def _leaves(module: nn.Module) -> list[nn.Parameter]:
    return list(module.parameters())


def _random_state(device: torch.device) -> tuple[Tensor, Tensor | None]:
    """The state of torch's generators on the CPU and on the images' GPU."""
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


@contextmanager
def _drawing_from(state: tuple[Tensor, Tensor | None], device: torch.device) -> Iterator[None]:
    """Draw from an earlier state, and go on from the present one afterwards."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.set_rng_state(state[0])
        if state[1] is not None:
            torch.cuda.set_rng_state(state[1], device)
        yield
