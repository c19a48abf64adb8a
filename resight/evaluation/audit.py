"""The audit before any table: whether what is asked was known, learned or fitted on, and whether labels agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.features.normalisation import unit
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.entries import Entry
from resight.io.datasets.identity import labelled_identity
from resight.io.datasets.survey import SHOWN
from resight.types import Array

from .duplicates import Leak

SAME: Final = 0.9999
"""Cosine from which on two descriptors are those of one photo: rounding leaves more than this."""

KINDS: Final = {
    "content": "query that is the very file of a known photo",
    "near duplicate": "query that seems to be a known photo, saved anew",
    "whitening": "query whose descriptor is among those that a whitening is fitted on",
    "labels": "photo of one content with labels that contradict",
    "place in two splits": "thing that is asked about, and is in a split to learn from as well",
    "training data": "encoder that was trained on photos that are asked about",
    "references learned": "encoder that was trained on the known photos, as it may be",
}
"""Kinds of findings, in words."""

HARMLESS: Final = frozenset({"place in two splits", "references learned"})
"""Findings that are told and make no figure wrong by themselves: only an encoder that learned from that split would."""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """A finding of an audit.

    Attributes
    ----------
    kind : one of ``KINDS``.
    names : of what it was found, each with what it is the same as, where that is something else.
    """

    kind: str
    names: tuple[str, ...]

    @property
    def fails(self) -> bool:
        """Whether the figures cannot be valid with it."""
        return self.kind not in HARMLESS

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {"kind": self.kind, "what": KINDS[self.kind], "names": list(self.names), "fails": self.fails}

    def __str__(self) -> str:
        more = f" and {len(self.names) - SHOWN:,} more" if len(self.names) > SHOWN else ""
        return f"{KINDS[self.kind]}: {', '.join(self.names[:SHOWN])}{more}"


@dataclass(frozen=True, slots=True)
class Audit:
    """All that an audit found."""

    findings: tuple[AuditFinding, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether nothing was found with which the figures cannot be valid."""
        return not any(finding.fails for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {"valid": self.valid, "findings": [finding.to_dict() for finding in self.findings]}


CLEAN: Final = Audit()
"""An audit that found nothing."""


def audit(
    dataset: Dataset,
    *,
    leaks: Sequence[Leak],
    digests: Mapping[str, bytes],
    names: Sequence[str],
    descriptors: Mapping[str, Array],
    backgrounds: Mapping[str, Array],
    learned: Mapping[str, str],
) -> Audit:
    """Look for whatever makes figures of a data set wrong.

    Parameters
    ----------
    leaks : queries that are photos of the gallery.
    digests : of each photo's content, by its name.
    names, descriptors : of the queries that were described, and their (q, d) by the name of the encoder.
    backgrounds : (b, d) that join the gallery's where a whitening is fitted, by the same.
    learned : by an encoder's name, what identifies the photos that it was trained on.
    """
    asked = dataset.of("query", "distractor")
    found = {
        "content": [f"{leak.query} ({leak.reference})" for leak in leaks if leak.kind == "content"],
        "near duplicate": [f"{leak.query} ({leak.reference})" for leak in leaks if leak.kind == "near duplicate"],
        "whitening": _fitted(names, descriptors, backgrounds),
        "labels": contradictions((*dataset.known, *asked), digests),
        "place in two splits": _in_two_splits(dataset, asked),
        "training data": _learned(learned, asked, digests),
        "references learned": _learned(learned, dataset.known, digests),
    }
    return Audit(tuple(AuditFinding(kind, tuple(names)) for kind, names in found.items() if names))


def contradictions(entries: Iterable[Entry], digests: Mapping[str, bytes]) -> list[str]:
    """Photos of one content that share no label, though somebody said what each shows; a distractor shows nothing."""
    met: dict[bytes, Entry] = {}
    found = []
    for entry in entries:
        digest = digests.get(entry.name)
        if digest is None or not (entry.labels or entry.split == "distractor"):
            continue
        other = met.setdefault(digest, entry)
        if other.name == entry.name or other.name in entry.ignore:
            continue
        if set(other.labels).isdisjoint(entry.labels) and (other.labels or entry.labels):
            found.append(f"{entry.name} ({other.name})")
    return found


def _fitted(names: Sequence[str], descriptors: Mapping[str, Array], backgrounds: Mapping[str, Array]) -> list[str]:
    found = []
    for encoder, background in backgrounds.items():
        rows = descriptors.get(encoder)
        if rows is None or not len(rows):
            continue
        near = (unit(rows.astype(np.float64)) @ unit(background.astype(np.float64)).T).max(axis=1) >= SAME
        found += [f"{name} ({encoder})" for name, same in zip(names, near, strict=True) if same]
    return found


def _in_two_splits(dataset: Dataset, asked: Iterable[Entry]) -> list[str]:
    """Labels that are asked about and lie in a split to learn from, unless its photos are those that are known."""
    known = {entry.name for entry in dataset.known}
    learnable = {label for entry in dataset.of("train") if entry.name not in known for label in entry.labels}
    return sorted(learnable.intersection(label for entry in asked for label in entry.labels))


def _learned(learned: Mapping[str, str], entries: Sequence[Entry], digests: Mapping[str, bytes]) -> list[str]:
    there = [entry for entry in entries if entry.name in digests]
    identity = labelled_identity(there, digests)
    return [encoder for encoder, photos in learned.items() if photos == identity]
