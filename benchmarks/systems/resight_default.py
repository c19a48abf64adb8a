"""resight itself, as it comes: the default recogniser, asked like a peer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from data.packs import Pack, short
from running.progress import meter
from systems.ranking import Ranking, ranked

from resight.calibration import conditional_logit
from resight.calibration.calibration import EVEN
from resight.features.encoder import DEFAULT, encoders
from resight.gallery.stores.opening import create_gallery, open_gallery
from resight.indexing.enrolment import enrol
from resight.indexing.index import index, whiten
from resight.io.images import Photo
from resight.recognition.recogniser import Recogniser
from resight.search.candidates import PROPOSED, candidates, verify_all
from resight.types import Array
from resight.verification.comparison import NO_VOTES

NAME: Final = "resight"
POINTS: Final = "resight, points alone"
FILE: Final = "known.gallery"


def default(pack: Pack, folder: Path) -> Recognising:
    """The references indexed with no option given."""
    tell = meter(f"{pack.name} indexed")
    index(pack.file, folder / FILE, progress=lambda step: tell(step.done, step.total))
    return Recognising(Recogniser.open(folder / FILE))


def by_points(pack: Pack, folder: Path) -> Recognising:
    """The same without the house encoder: points that vote, and nothing else."""
    index(pack.file, folder / FILE, encoders=["classical"])
    return Recognising(Recogniser.open(folder / FILE))


@dataclass(frozen=True, eq=False)
class Recognising:
    """A recogniser whose first candidates are ranked by their utility, the log odds against "none of these"."""

    recogniser: Recogniser

    @cached_property
    def ids(self) -> dict[str, int]:
        """The gallery's id of each photo by its name in the pack."""
        return {short(item.photo): id for id, item in self.recogniser.index.items.items()}

    def rank(self, photo: Photo, *, exclude: Collection[str] = ()) -> Ranking:
        """One photo of each candidate instance: what :meth:`Recogniser.recognise` answers with, where all are known."""
        barred = [self.ids[name] for name in exclude if name in self.ids]
        found = candidates(self.recogniser.index, self.recogniser.extract(photo), exclude=barred)
        return self.of(found.ids, found.evidence)

    def of(self, ids: Collection[int], evidence: Array) -> Ranking:
        """The ranking of gallery photos with ``evidence (k, e)``."""
        items = self.recogniser.index.items
        names = np.array([short(items[id].photo) for id in ids], object)
        return ranked(names, self.recogniser.calibration.logits(evidence))


def confidence(ranking: Ranking, *, unknown_share: float = EVEN) -> float:
    """The probability that resight states of its first candidate, with that share of unknown photos expected."""
    logits = np.array(ranking.scores)[:, None]
    offset = float(np.log(unknown_share / (1 - unknown_share)))
    probabilities = conditional_logit.probabilities(logits, np.ones(len(logits), bool), np.ones(1), offset=offset)
    return float(probabilities.max(initial=0.0))


def by_consensus(pack: Pack, folder: Path) -> PhotosByConsensus:
    """Every photo enrolled for itself; photos are ranked by the consensus of their votes."""
    return PhotosByConsensus(enrolled(pack, folder))


def by_evidence(pack: Pack, folder: Path) -> PhotosByEvidence:
    """Every photo enrolled for itself; photos are ranked by all evidence, weighed as it ships."""
    return PhotosByEvidence(Recognising(enrolled(pack, folder)))


@dataclass(frozen=True, eq=False)
class PhotosByConsensus:
    """Photos as the local index proposes them, several of one instance among them."""

    recogniser: Recogniser

    def rank(self, photo: Photo, *, exclude: Collection[str] = ()) -> Ranking:
        """By the weight of the votes that agree on one similarity."""
        known = self.recogniser.index
        proposals = known.propose(self.recogniser.extract(photo).local, PROPOSED)
        names = np.array([known.items[proposal.id].photo for proposal in proposals], object)
        return ranked(names, np.array([proposal.check.score for proposal in proposals]), exclude=exclude)


@dataclass(frozen=True, eq=False)
class PhotosByEvidence:
    """Photos of any proposer, all compared as closely as the recogniser compares one of each instance."""

    recognising: Recognising

    def rank(self, photo: Photo, *, exclude: Collection[str] = ()) -> Ranking:
        """By utility."""
        known, seen = self.recognising.recogniser.index, self.recognising.recogniser.extract(photo)
        checks = {one.id: one.check for one in known.propose(seen.local, PROPOSED)}
        for encoder, described in known.descriptors.items():
            for id in described.propose(seen.descriptors[encoder], PROPOSED):
                checks.setdefault(id, NO_VOTES)
        found = verify_all(known, seen, checks)
        ranking = self.recognising.of(found.ids, found.evidence)
        return ranked(np.array(ranking.photos, object), np.array(ranking.scores), exclude=exclude)


def enrolled(pack: Pack, folder: Path) -> Recogniser:
    """A recogniser of all references that was calibrated on nothing: photos are ranked, not accepted."""
    path, makers = folder / FILE, encoders(DEFAULT)
    gallery = open_gallery(path, write=True) if path.exists() else create_gallery(path, [one.card() for one in makers])
    tell = meter(f"{pack.name} enrolled")
    with gallery:
        for state in enrol(gallery, pack.references, makers):
            tell(state.done, state.total)
        whiten(gallery, makers)
    return Recogniser.open(path)
