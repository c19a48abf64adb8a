"""Settings by name: kinds are kept, and what is misspelt is refused with the nearest name."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from resight.errors import TrainingError
from resight.training.config import adjusted, configured


@dataclass(frozen=True, slots=True)
class Config:
    epochs: int = 3
    rate: float = 0.1
    bf16: bool = False
    name: str = "x"
    sides: tuple[tuple[int, int], ...] = ((0, 96),)


def test_settings_replace_defaults_and_nothing_else() -> None:
    before = Config()
    found = configured(before, ["epochs=7", "rate=1", "bf16=true", "name=a=b", "sides=[[0, 64], [3, 96]]"])
    assert found == Config(7, 1.0, True, "a=b", ((0, 64), (3, 96)))
    assert type(found.rate) is float
    assert before == Config()
    assert configured(before, []) == before


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("epoch=3", "there is no setting 'epoch'; did you mean 'epochs'\\?; wanted one of epochs, rate"),
        ("epochs", "the setting 'epochs' is no key=value: write it such as epochs=3"),
        ("epochs=2.5", "the setting epochs is '2.5'; wanted a whole number, such as 3"),
        ("epochs=true", "the setting epochs is 'true'; wanted a whole number, such as 3"),
        ("bf16=yes", "the setting bf16 is 'yes'; wanted true or false, such as false"),
        ("rate=fast", "the setting rate is 'fast'; wanted a number, such as 0.1"),
        ("sides=96", r"the setting sides is '96'; wanted a list, such as \[\[0, 96\]\]"),
        ("sides=" + 100_000 * "[", r"the setting sides is '\[\[\[.*\.\.\..*'; wanted a list"),
    ],
)
def test_what_cannot_be_meant_is_refused(setting: str, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        configured(Config(), [setting])


def test_a_whole_number_larger_than_any_fraction_is_one_without_an_end() -> None:
    """What the number may be is for its range to say."""
    assert configured(Config(), ["rate=1" + 400 * "0"]).rate == float("inf")


def test_values_by_name_are_taken_as_they_are() -> None:
    found = adjusted(Config(), {"epochs": 7, "rate": 1, "bf16": True, "name": "5", "sides": [[0, 64]]})
    assert found == Config(7, 1.0, True, "5", ((0, 64),))
    assert type(found.rate) is float


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"epoch": 3}, "there is no setting 'epoch'; did you mean 'epochs'\\?; wanted one of epochs, rate"),
        ({"epochs": "7"}, "the setting epochs is '7'; wanted a whole number, such as 3"),
        ({"bf16": 1}, "the setting bf16 is 1; wanted true or false, such as false"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        adjusted(Config(), settings)
