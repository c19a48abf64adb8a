"""Settings of a recipe by name: ``key=value`` as people write it, onto the frozen record of its defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any, Final, TypeVar

from resight.errors import TrainingError, suggestion

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Config = TypeVar("Config", bound="DataclassInstance")


def configured(config: Config, settings: Sequence[str]) -> Config:
    """The config with these settings, each ``key=value``; a value is JSON, or else text.

    Raises what :func:`adjusted` raises, and TrainingError for what is no ``key=value``.
    """
    known = _known(config)
    changes = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise TrainingError(f"the setting {setting!r} is no key=value: write it such as {_shown(known, key)}")
        changes[key] = _fitting(key, _read(text, _default(known, key)), known[key], said=text)
    return replace(config, **changes)


def adjusted(config: Config, settings: Mapping[str, Any]) -> Config:
    """The config with these values by name.

    A value must be of its default's kind; a whole number may stand for a fraction, and a list for a tuple. Raises
    TrainingError, with the nearest name, for a key that there is not.
    """
    known = _known(config)
    return replace(
        config, **{key: _fitting(key, value, _default(known, key), said=value) for key, value in settings.items()}
    )


def _known(config: Config) -> dict[str, Any]:
    return {field.name: getattr(config, field.name) for field in fields(config)}


def _default(known: dict[str, Any], key: str) -> Any:
    if key not in known:
        wanted = f"wanted one of {', '.join(known)}"
        raise TrainingError(f"there is no setting {key!r}{suggestion(key, known)}; {wanted}")
    return known[key]


_KINDS: Final = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    tuple: "a list",
    type(None): "nothing",
}
"""Types of settings, in words."""


def _read(text: str, default: Any) -> Any:
    """Read a value as JSON, or else as text; a whole number may be larger than any fraction."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # text, or more lists within each other than any setting has
        return text
    return float(text) if isinstance(default, float) and type(found) is int else found


def _fitting(key: str, value: Any, default: Any, *, said: Any) -> Any:
    """The value as one of the default's kind; raises TrainingError, with what was ``said``, where it is none."""
    found = _frozen(value)
    if isinstance(default, float) and type(found) is int:
        found = float(found)
    if type(found) is not type(default):
        raise TrainingError(
            f"the setting {key} is {shortened(said)}; wanted {_KINDS[type(default)]}, such as {json.dumps(default)}"
        )
    return found


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _shown(known: dict[str, Any], key: str) -> str:
    shown = key if key in known else next(iter(known))
    return f"{shown}={json.dumps(known[shown])}"
