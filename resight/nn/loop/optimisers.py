"""Optimisers by name, and which parameters learn, how fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from torch import nn, optim

from resight.errors import TrainingError, suggestion
from resight.nn.networks.architectures import Network, layers, require_layer

Group = dict[str, Any]
"""Parameters with a rate of their own, as torch's optimisers take them."""

_MAKERS: Final[dict[str, Callable[..., optim.Optimizer]]] = {
    "sgd": optim.SGD,
    "nag": partial(optim.SGD, nesterov=True),
    "adam": optim.Adam,
    "adamw": optim.AdamW,
}

OPTIMISERS: Final = tuple(_MAKERS)
"""Stochastic gradient descent with momentum, the same with Nesterov's look ahead, Adam, and Adam with decoupled decay.

"nag" is that of *Image similarity network* 2020, section 4.4, up to where it stands: torch's parameters are the points
that the paper looks ahead to.
"""


def optimiser(
    name: str, groups: Iterable[Group], *, rate: float, momentum: float = 0.9, decay: float = 0.0
) -> optim.Optimizer:
    """The optimiser of that name over parameter ``groups``, those without a rate of their own at ``rate``.

    ``momentum`` is that of gradient descent, or Adam's first beta; ``decay`` the weight decay. Raises ValueError for
    another name.
    """
    if name not in _MAKERS:
        raise ValueError(f"no optimiser is called {name!r}{suggestion(name, _MAKERS)}; wanted {', '.join(_MAKERS)}")
    momenta = {"betas": (momentum, 0.999)} if name.startswith("adam") else {"momentum": momentum}
    # One kernel for all numbers of a parameter: its many small steps are a tenth of a small network's time.
    return _MAKERS[name](list(groups), lr=rate, weight_decay=decay, fused=True, **momenta)


def without_norm_decay(
    module: nn.Module,
    name: str = "adamw",
    *,
    rate: float,
    decay: float,
    momentum: float = 0.9,
    factors: Mapping[str, float] | None = None,
) -> optim.Optimizer:
    """The optimiser of that name over what learns of a module, whose norms and biases do not decay.

    Convolutions and linear layers are drawn towards zero, where a norm behind them undoes the scale; norms and biases,
    of one axis at most, have nothing behind them. ``factors`` as in `groups`. Raises what `groups` and `optimiser` do.
    """
    found = []
    for group in groups(module, rate=rate, factors=factors):
        decaying = [parameter for parameter in group["params"] if parameter.ndim > 1]
        still = [parameter for parameter in group["params"] if parameter.ndim <= 1]
        found += [{**group, "params": decaying}, {**group, "params": still, "weight_decay": 0.0}]
    return optimiser(name, [group for group in found if group["params"]], rate=rate, momentum=momentum, decay=decay)


def freeze(network: Network, layer: str) -> tuple[str, ...]:
    """Stop the parameters up to and including ``layer`` from learning; returns their names.

    The statistics of norms there follow the photos still, unless they are in evaluation mode (`microbatch.freeze_norms`
    does that). Raises ModelError for an unknown layer.
    """
    found = _parameters_up_to(network, layer)
    for parameter in found.values():
        parameter.requires_grad_(False)
    return tuple(found)


def require_learning(network: Network, *, frozen: str = "", factors: Mapping[str, float] | None = None) -> None:
    """Raises TrainingError where nothing of a network would learn.

    That is where all of it lies up to the layer ``frozen`` ("" for none) or has factor 0 among ``factors``, as in
    `groups`, or where these name what is no layer; ModelError for a layer to freeze that there is not.
    """
    frozen_parameters = _parameters_up_to(network, frozen) if frozen else {}
    learning = {name for name, factor in _factors(network, factors or {}).items() if factor}
    if not learning:
        raise TrainingError("all layers have rate factor 0, so that nothing learns; wanted one above 0 at least")
    if learning <= frozen_parameters.keys():
        possible = [name for name in layers(network) if learning - _parameters_up_to(network, name).keys()]
        last = f"{possible[-1]!r} is the last that leaves something to learn; " if possible else ""
        raise TrainingError(
            f"the setting freeze is {frozen!r}, behind which nothing learns; wanted an earlier layer: {last}"
            "without the setting all learns that has a rate"
        )


def _parameters_up_to(network: Network, layer: str) -> dict[str, nn.Parameter]:
    """The parameters up to and including a layer, by name; raises ModelError for an unknown layer."""
    require_layer(network, layer)
    names = layers(network)
    first = tuple(f"{name}." for name in names[: names.index(layer) + 1])
    return {name: parameter for name, parameter in network.named_parameters() if name.startswith(first)}


def groups(network: nn.Module, *, rate: float, factors: Mapping[str, float] | None = None) -> list[Group]:
    """The parameters that learn, by rate: ``rate`` times the factor of the longest of ``factors`` that they lie in.

    ``factors`` are by the name of a layer or module, such as ``{"layer3": 0.1, "layer3.2": 0.3}``; what lies in none
    has factor 1, and what has factor 0 is left out. Raises TrainingError for a name that no parameter lies in.
    """
    placed = _factors(network, factors or {})
    found: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad and placed[name]:
            found.setdefault(placed[name], []).append(parameter)
    return [{"params": parameters, "lr": rate * factor} for factor, parameters in found.items()]


def layerwise_rates(network: Network, factor: float) -> dict[str, float]:
    """Rates that fall towards the photo: ``factor`` once more for each layer with parameters before the last such one.

    Howard and Ruder 2018, *Universal language model fine-tuning*, section 3.2, whose factor is 1 / 2.6.
    """
    names = [name for name, child in network.named_children() if next(child.parameters(), None) is not None]
    return {name: factor**distance for distance, name in enumerate(reversed(names))}


def _factors(network: nn.Module, factors: Mapping[str, float]) -> dict[str, float]:
    """The factor of each parameter by name: that of the longest name that it lies in."""
    found, used = {}, set()
    for name, _ in network.named_parameters():
        places = [each for each in factors if name == each or name.startswith(f"{each}.")]
        used |= set(places)
        found[name] = factors[max(places, key=len)] if places else 1.0
    if unused := sorted(factors.keys() - used):
        known = [name for name, part in network.named_modules() if name and next(part.parameters(), None) is not None]
        raise TrainingError(f"no parameter lies in {unused[0]!r}{suggestion(unused[0], known)}; wanted a layer's name")
    return found
