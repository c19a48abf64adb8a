"""Settings of a recipe by name: ``key=value`` as people write it, onto the frozen record of its defaults."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any, Final, TypeVar

from resight.errors import TrainingError, suggestion

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Config = TypeVar("Config", bound="DataclassInstance")


def configured(config: Config, settings: Sequence[str]) -> Config:
    """The config with these settings, each ``key=value``; a value is JSON, or else text.

    A value must be of its default's kind; a whole number may stand for a fraction. Raises TrainingError, with the
    nearest name, for a key that there is not.
    """
    known = {field.name: getattr(config, field.name) for field in fields(config)}
    changes = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise TrainingError(f"the setting {setting!r} is no key=value: write it such as {_shown(known, key)}")
        if key not in known:
            wanted = f"wanted one of {', '.join(known)}"
            raise TrainingError(f"there is no setting {key!r}{suggestion(key, known)}; {wanted}")
        changes[key] = _value(key, text, known[key])
    return replace(config, **changes)


_KINDS: Final = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    tuple: "a list",
    type(None): "nothing",
}
"""Types of settings, in words."""


def _value(key: str, text: str, default: Any) -> Any:
    try:
        found = _frozen(json.loads(text))
    except (ValueError, RecursionError):  # text, or more lists within each other than any setting has
        found = text
    if isinstance(default, float) and type(found) is int:
        found = float(text)  # of the text, since a whole number may be larger than any fraction
    if type(found) is not type(default):
        raise TrainingError(
            f"the setting {key} is {shortened(text)}; wanted {_KINDS[type(default)]}, such as {json.dumps(default)}"
        )
    return found


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _shown(known: dict[str, Any], key: str) -> str:
    shown = key if key in known else next(iter(known))
    return f"{shown}={json.dumps(known[shown])}"
