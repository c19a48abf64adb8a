"""Options of an answer, which every way of asking for one takes under the same names and with the same defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from inspect import Parameter
from typing import Any, TypedDict, TypeVar, Unpack

from resight.calibration.calibration import EVEN, Calibration, require_rate
from resight.calibration.decision import DecisionRule

F = TypeVar("F", bound=Callable[..., Any])


class AnswerKeywords(TypedDict, total=False):
    """The fields of :class:`AnswerOptions`, as keywords of a call."""

    k: int
    false_accept_rate: float | None
    false_discovery_rate: float | None
    unknown_share: float
    keep_evidence: bool


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """Options of an answer, as :meth:`resight.recognition.recogniser.Recogniser.recognise` describes them.

    Raises ValueError for what is out of range.
    """

    k: int = 5
    false_accept_rate: float | None = None
    false_discovery_rate: float | None = None
    unknown_share: float = EVEN
    keep_evidence: bool = True

    def __post_init__(self) -> None:
        require_rate(self.false_accept_rate)
        require_rate(self.false_discovery_rate, "false_discovery_rate")
        if self.k < 1:
            raise ValueError(f"k is {self.k}; wanted at least 1 match in the answer")

    def rule(self, calibration: Calibration, *, orientations: int = 1) -> DecisionRule:
        """The rule by which instances are told, of a photo of which so many orientations are asked about."""
        return DecisionRule(
            calibration, self.false_accept_rate, self.unknown_share, orientations, self.false_discovery_rate
        )


def spelled_out(**defaults: Unpack[AnswerKeywords]) -> Callable[[F], F]:
    """Let a function that takes ``**options`` show each of them, with its default, in ``help`` and the API reference.

    The options stand where they would as its first keyword-only parameters.
    """
    options = AnswerOptions(**defaults)
    shown = [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=getattr(options, field.name), annotation=field.type)
        for field in fields(options)
    ]

    def spell_out(function: F) -> F:
        signature = inspect.signature(function)
        own = [each for each in signature.parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
        before = [each for each in own if each.kind is not Parameter.KEYWORD_ONLY]
        parameters = [*before, *shown, *own[len(before) :]]
        vars(function)["__signature__"] = signature.replace(parameters=parameters)
        return function

    return spell_out
