"""Training of a verifier on a gallery's own photos, held out by thing, and of what it does for answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.calibration import calibration
from resight.calibration.near_duplicates import Duplicates
from resight.calibration.prior import VERIFIER
from resight.calibration.samples import CalibrationSamples, concatenate
from resight.calibration.self_queries import Look, SelfQuery, plan_queries, run_queries
from resight.errors import GalleryError
from resight.features.similarity_network import SimilarityNetwork
from resight.progress import Job, Progress, Watch, finished
from resight.recognition.pair_model import PairModel, shipped_model
from resight.recognition.recogniser import Recogniser
from resight.recognition.reranking import CandidateVerifier
from resight.recognition.stored_verifier import StoredVerifier
from resight.recognition.verifier import Verifier
from resight.search.candidates import Candidates, columns
from resight.search.describe import PhotoFeatures
from resight.types import Array
from resight.verification.fusion import Fusion

from .fusion_fitting import fit_fusion
from .gallery_pairs import FOLDS, GalleryPairs, by_thing, compare_pairs, learnable_rows
from .judgement import PairJudgement, RecognitionJudgement, judge_pairs, judge_recognition
from .network import TRAINED, learn, why_untrained

LEAST: Final = 12
"""Things that a fit wants: of fewer, a third of them says nothing about the others."""

UNCALIBRATED: Final = (
    "not tried in `recognise`: the gallery is not calibrated to its photos, which `resight index` does"
)
TAUGHT: Final = "not tried in `recognise`: its answers were taught by examples, whose photos are not at hand"


@dataclass(frozen=True, slots=True)
class VerifierTraining:
    """Outcome of fitting a verifier to a gallery.

    Attributes
    ----------
    used : whether `resight verify --gallery` weighs by it: it is better on things that it was not fitted to.
    reranks : whether `resight recognise` re-ranks by the verifier that is used: its answers are better so.
    verification : what the fitted model is worth on pairs of held-out things.
    recognition : what re-ranking is worth on photos of held-out things; None where it was not tried.
    pairs, things : that were compared.
    views : of the pairs of one thing, how many are of a simulated view, since the thing has one photo.
    notes : words on the similarity network, and on why `recognise` was not tried.
    file : where all of it is kept.
    """

    used: bool
    reranks: bool
    verification: PairJudgement
    recognition: RecognitionJudgement | None
    pairs: int
    things: int
    views: int
    notes: tuple[str, ...]
    file: str

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return asdict(self)


def train_verifier(path: str | Path, *, seed: int = 0, progress: Watch | None = None) -> VerifierTraining:
    """Fit a verifier to a gallery's own photos, and have `recognise` re-rank by it where that helps.

    Each photo is compared with another one of its thing, or where there is none in a simulated view with itself, and
    with the nearest photos of other things. The network learns from a third of the things, the fusion from another, and
    the last judges them, by turns; the model is weighed by where that is better, by a paired interval over things. Then
    the gallery is asked about its own photos, with the verifier's word on each candidate and without. Raises
    GalleryError for fewer than LEAST things, EncoderMismatch.
    """
    return finished(iter_train_verifier(path, seed=seed), progress)


def iter_train_verifier(path: str | Path, *, seed: int = 0) -> Job[VerifierTraining]:
    """:func:`train_verifier`, one step of its work at a time."""
    with Recogniser.open(path) as recogniser:
        index, rng = recogniser.index, np.random.default_rng(seed)
        heads = {name: each.settings for name, each in index.descriptors.items()}
        shipped = shipped_model()
        verifier = Verifier(recogniser.encoders, heads, PairModel(shipped.fusion, None), recogniser)
        things = by_thing(index)
        if len(things) < LEAST:
            raise GalleryError(
                f"{path} holds {len(things)} things; wanted {LEAST} at least to fit a verifier to: what ships is "
                "weighed by until then"
            )
        rows, numbers = learnable_rows(index, verifier, things)
        pairs = yield from compare_pairs(index, verifier, things, rng)
        start = shipped.network if len(rows) or np.isfinite(pairs.rows).all() else None
        untrained = why_untrained(numbers, start)
        note = untrained or TRAINED.format(len(rows), len(np.unique(numbers)))
        networks = [start] * (FOLDS + 1)
        if start is not None and not untrained:
            networks = yield from _networks(start, rows, numbers, seed)
        turns = [_turn(pairs, networks, fold) for fold in range(FOLDS)]
        fitted = PairModel(_fusion_of_all(pairs, networks), networks[-1])
        verification = _judged(pairs, networks, turns, shipped, rng)
        used = verification.better
        models = turns if used else [shipped] * FOLDS
        tried = yield from _tried(recogniser, models, list(things), rng)
        words = (note,) if not isinstance(tried, str) else (note, tried)
        recognition = None if isinstance(tried, str) else tried[1]
        reranks = recognition is not None and recognition.better
        stored = recogniser.gallery.calibration()
        report = {
            "used": used,
            "verification": asdict(verification),
            "recognition": None if recognition is None else recognition.to_dict(),
            "notes": list(words),
        }
        kept = StoredVerifier(
            recogniser.gallery.identity,
            fitted,
            used,
            report,
            0 if stored is None else stored.version,
            tried[0] if reranks and not isinstance(tried, str) else None,
        )
        file = kept.store(Path(path))
        count, seen = len(pairs), len(np.unique(pairs.things))
        return VerifierTraining(used, reranks, verification, recognition, count, seen, pairs.views, words, str(file))


def _networks(start: SimilarityNetwork, rows: Array, numbers: Array, seed: int) -> Job[list[SimilarityNetwork | None]]:
    """Networks that learned from each fold's things, and from all."""
    found: list[SimilarityNetwork | None] = []
    for fold in (*range(FOLDS), None):
        there = np.full(len(rows), True) if fold is None else numbers % FOLDS == fold
        network = yield from learn(start, rows[there], numbers[there], seed=seed, stage="network")
        found.append(network)
    return found


def _turn(pairs: GalleryPairs, networks: Sequence[SimilarityNetwork | None], judge: int) -> PairModel:
    """The model that judges a fold knows nothing of: of the two others one taught the network, one the fusion."""
    teacher, fold = (judge + 1) % FOLDS, (judge + 2) % FOLDS
    there = pairs.folds == fold
    network = networks[teacher]
    return PairModel(fit_fusion(pairs.seen_by(network)[there], pairs.same[there]), network)


def _fusion_of_all(pairs: GalleryPairs, networks: Sequence[SimilarityNetwork | None]) -> Fusion:
    """The fusion of all pairs, each seen by a network that learned from another fold."""
    evidence = pairs.evidence.copy()
    for fold in range(FOLDS):
        there = pairs.folds == fold
        evidence[there] = pairs.seen_by(networks[(fold + 1) % FOLDS])[there]
    return fit_fusion(evidence, pairs.same)


def _judged(
    pairs: GalleryPairs,
    networks: Sequence[SimilarityNetwork | None],
    turns: Sequence[PairModel],
    shipped: PairModel,
    rng: np.random.Generator,
) -> PairJudgement:
    before = shipped.fusion.log_odds(pairs.seen_by(shipped.network))
    after = np.zeros(len(pairs))
    for fold, model in enumerate(turns):
        there = pairs.folds == fold
        after[there] = model.fusion.log_odds(pairs.seen_by(model.network)[there])
    return judge_pairs(before, after, pairs.evidence, pairs.things, rng)


def _tried(
    recogniser: Recogniser, models: Sequence[PairModel], things: Sequence[str], rng: np.random.Generator
) -> Job[tuple[calibration.Calibration, RecognitionJudgement] | str]:
    """The calibration of answers that are re-ranked, and what that is worth; or why it was not tried.

    ``models`` are those that know nothing of the things of each fold.
    """
    index, gallery = recogniser.index, recogniser.gallery
    stored = calibration.stored(gallery)
    if stored is None or recogniser.unfinished:
        return UNCALIBRATED
    if CalibrationSamples.of(stored.arrays).given.any():
        return TAUGHT
    names, folds = (*columns(index), VERIFIER), {thing: place % FOLDS for place, thing in enumerate(things)}
    links = Duplicates.of(stored.arrays).links(index.items)
    queries, verifier = plan_queries(index, links), CandidateVerifier.of(index, recogniser.encoders)
    look = _look(verifier, models, {id: folds[item.instance] for id, item in index.items.items()})
    blocks: list[CalibrationSamples] = []
    for block in run_queries(index, recogniser.encoders, queries, links, look=look):
        blocks.append(block)
        yield Progress("recognition", len(blocks), len(queries))
    samples = concatenate(blocks, len(names))
    asked = [index.instance(id) if id in index.items else "" for id in samples.ids.tolist()]
    return judge_recognition(names, samples, asked, len(index), rng)


def _look(verifier: CandidateVerifier, models: Sequence[PairModel], folds: Mapping[int, int]) -> Look:
    """A look at candidates by the model that knows nothing of what is asked about."""

    def look(query: SelfQuery, features: PhotoFeatures, found: Candidates) -> Candidates:
        return verifier.weighed(features, found, models[folds.get(query.id, 0)])

    return look
