"""Micro-batches: the gradient of a batch that is too large for memory, a few photos at a time.

Document 004, appendix A.1, and readings 4.11. Both ways add to the parameters' ``grad`` what one pass over the whole
batch would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


def backward_split(loss: Callable[[slice], Tensor], count: int, *, size: int) -> Tensor:
    """The gradient of a loss that is a mean over ``count`` items, in micro-batches of ``size``; returns the loss.

    ``loss(rows)`` computes the mean over the items of that slice: photos for cross-entropy, pairs for a pair loss. Each
    is scaled by n / m, its share of the items. The networks' norms must be in evaluation mode (`freeze_norms`), since
    their statistics would be those of a micro-batch. Raises ValueError for counts below 1.
    """
    total = []
    for rows in _slices(count, size):
        part = loss(rows) * ((rows.stop - rows.start) / count)
        part.backward()
        total.append(part.detach())
    return torch.stack(total).sum()


def backward_joint(
    network: nn.Module, images: Tensor, loss: Callable[[Tensor], Tensor], *, size: int
) -> tuple[Tensor, Tensor]:
    """The gradient of a loss that needs all embeddings at once; returns the loss and the embeddings ``(n, d)``.

    First all ``images (n, ...)`` are embedded without a graph, ``size`` at a time; the gradient of ``loss`` at the
    embeddings is found; then each micro-batch is embedded again, with its graph, and sent its part of that gradient.
    What is drawn meanwhile, such as by dropout, is drawn alike both times. Parameters of the loss itself get theirs,
    too. Raises ValueError for a size or number of images below 1, and for norms in training mode.
    """
    _require_frozen(network)
    slices = list(_slices(len(images), size))
    states, parts = [], []
    with torch.no_grad():
        for rows in slices:
            states.append(_random_state(images.device))
            parts.append(network(images[rows]))
    embeddings = torch.cat(parts).requires_grad_()
    value = loss(embeddings)
    value.backward()  # type: ignore[no-untyped-call]
    gradient = torch.zeros_like(embeddings) if embeddings.grad is None else embeddings.grad
    for rows, state in zip(slices, states, strict=True):
        with _drawing_from(state, images.device):
            network(images[rows]).backward(gradient[rows])
    return value.detach(), embeddings.detach()


def freeze_norms(network: nn.Module) -> None:
    """Put batch norms into evaluation mode, so that they use the statistics they were given and keep them.

    To be called after every ``train()``, which undoes it.
    """
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.eval()


def _require_frozen(network: nn.Module) -> None:
    for name, module in network.named_modules():
        if isinstance(module, _BatchNorm) and module.training:
            raise ValueError(
                f"the norm {name!r} is in training mode and would follow each micro-batch; "
                "wanted evaluation mode: call freeze_norms() after train()"
            )


def _slices(count: int, size: int) -> Iterator[slice]:
    if count < 1 or size < 1:
        raise ValueError(f"{count} items are split into micro-batches of {size}; wanted at least 1 of each")
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


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
