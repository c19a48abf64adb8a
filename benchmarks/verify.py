"""How well two photos are told to show one thing, as the field measures verification, and what it costs.

    python benchmarks/verify.py --packs museum sf-buildings --output verify.md --json verify.json --save verify.png

Each query of a pack is verified against the references of its own thing and against the NEAR nearest references of
others, by the descriptor that ships: the pairs that a recogniser would have to tell apart. Nothing is fitted to the
packs: what ships was fitted on everyday photos alone. FNMR at FMR is the share of true pairs that is missed where so
many false ones are taken for one thing (ISO/IEC 19795-1); Cllr and its minimum are in bits (Brümmer and du Preez 2006);
the calibration error is at an even share of both kinds. Intervals resample things, each with all of its pairs. The
hardest pairs are the false ones whose photos are nearest to each other by descriptor. Beside the interval of each AUC
stands the naive one, which resamples pairs as if they shared no photo. Packs --with-galleries are asked once more with
a gallery of the pack's references, which knows what looks alike. Of the packs that are --timed, a pair and an answer of
the recogniser are timed in turn, both from decoded photos on. With --growth, the time of a pair in a table of 100 is
told beside that in one of so many, of the same files.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, cycle, islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.packs import Pack, pack, photo_of
from running.command import QUICK, Report, launch, parser
from running.pictures import draw_verification
from running.progress import meter
from running.table import figure, number, table
from systems import resight_default

from resight.errors import PhotoError
from resight.features.similarity_network import sigmoid
from resight.io import images
from resight.io.datasets.dataset import Entry
from resight.metrics.curves import error_trade_off
from resight.metrics.interval import Estimate, bootstrap
from resight.metrics.likelihood_ratio import cllr, cllr_min
from resight.metrics.pairs import auc, missed_at, pair_figure
from resight.metrics.reliability import ece, reliability_table
from resight.recognition.recogniser import Recogniser
from resight.recognition.verifier import SeenPhoto, Verifier
from resight.types import Array
from resight.verification.fusion import PARTS

PACKS: Final = ("museum", "sf-buildings", "groceries")
NEAR: Final = 20
"""References of other things that a query is verified against."""

HARDEST: Final = 0.1
"""Share of the false pairs that are reported as the hardest: those whose cosine is largest."""

RATES: Final = (0.01, 0.001)
ROUNDS: Final = 300
FILES: Final = 40
"""Files that the tables of --growth are made of: fewer than a verifier remembers."""

TIMED: Final = 30
"""Pairs that are timed, in turn with answers."""


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """Pairs: evidence ``(p, e)``, whether of one thing ``(p,)``, and both things' numbers ``(p, 2)``.

    ``scores (p,)`` rank them; ``log_odds (p,)`` are those scores within the bounds of what is promised.
    """

    evidence: Array
    scores: Array
    log_odds: Array
    same: Array
    ends: Array


def main(arguments: argparse.Namespace) -> Report:
    """The tables of all packs that were named."""
    judged, costs, grown = {}, [], []
    for name in arguments.packs:
        asked = pack(name).thinned(QUICK if arguments.quick else 1)
        verifier = Verifier.open()
        judged[name] = _verified(asked, verifier)
        if name in arguments.timed or name in arguments.with_galleries:
            folder = arguments.cache / f"verify-{asked.name}"
            folder.mkdir(exist_ok=True)
            with resight_default.default(asked, folder).recogniser as recogniser:
                if name in arguments.timed:
                    costs.append(_costs(name, asked, verifier, recogniser))
            if name in arguments.with_galleries:
                with Verifier.open(folder / resight_default.FILE) as taught:
                    judged[f"{name}, with its gallery"] = _verified(asked, taught)
        if arguments.growth and name == arguments.packs[0]:
            grown.append(_growth(name, asked, verifier, arguments.growth))
    if arguments.save:
        draw_verification(
            {name: error_trade_off(found.scores, found.same) for name, found in judged.items()},
            {name: reliability_table(*_even(found)) for name, found in judged.items()},
            arguments.save,
        )
    data = {
        name: {key: getattr(found, key).tolist() for key in ("scores", "log_odds", "same", "ends", "evidence")}
        for name, found in judged.items()
    }
    rows, hard = ([made(name, found) for name, found in judged.items()] for made in (_row, _hardest))
    parts = [
        table(("pack", "true pairs", "false", "AUC", "FNMR at 1 %", "at .1 %", "EER", "Cllr", "Cllr-min", "ECE"), rows),
        table(("pack", "hardest false pairs", "AUC", "FNMR at 1 %"), hard),
        table(("pack", "AUC", "naive interval", "times as wide by things"), [_naive(*each) for each in judged.items()]),
        table(("pack", "pair, ms", "answer, ms", "times an answer"), costs),
        table(("pack", "pairs", "of a table of 100, ms each", "of all, ms each", "times"), grown),
    ]
    return Report("\n".join(parts), {"packs": data, "parts": list(PARTS)})


def _verified(asked: Pack, verifier: Verifier) -> Verified:
    tell = meter(f"{asked.name}, photos")
    entries = [*asked.references, *(entry for entry in asked.queries if asked.answers(entry))]
    seen: dict[str, SeenPhoto] = {}
    for done, entry in enumerate(entries, 1):
        seen[entry.name] = verifier.extract(photo_of(entry).image)
        tell(done, len(entries))
    rows = {name: verifier.everyday_row(photo.features) for name, photo in seen.items()}
    things = {label: place for place, label in enumerate(sorted({e.label or "" for e in entries}))}
    pairs = [pair for entry in entries[len(asked.references) :] for pair in _pairs(asked, entry, rows)]
    tell, values = meter(f"{asked.name}, pairs"), []
    for done, (query, reference, _) in enumerate(pairs, 1):
        values.append(verifier.evidence(seen[query.name], seen[reference.name]).values)
        tell(done, len(pairs))
    evidence = np.array(values)
    ends = np.array([[things[one.label or ""] for one in (query, reference)] for query, reference, _ in pairs])
    fusion, same = verifier.model.fusion, np.array([same for *_, same in pairs])
    return Verified(evidence, fusion.scores(evidence), fusion.log_odds(evidence), same, ends)


def _pairs(asked: Pack, query: Entry, rows: dict[str, Any]) -> list[tuple[Entry, Entry, bool]]:
    """The query with each reference of its things, and with the nearest of others."""
    counted = [entry for entry in asked.references if entry.name not in query.ignore]
    own = [entry for entry in counted if entry.label in query.labels]
    others = [entry for entry in counted if entry.label not in query.labels]
    others.sort(key=lambda entry: -float(rows[entry.name] @ rows[query.name]))
    return [*((query, entry, True) for entry in own), *((query, entry, False) for entry in others[:NEAR])]


def _row(name: str, found: Verified) -> Sequence[str]:
    rng = np.random.default_rng(0)

    def measured(what: Any) -> Estimate:
        return pair_figure(what, found.scores, found.same, found.ends, rng=rng, rounds=ROUNDS)

    error = error_trade_off(found.scores, found.same).equal_error_rate
    return (
        name,
        f"{found.same.sum():,}",
        f"{(~found.same).sum():,}",
        figure(measured(auc)),
        *(figure(measured(missed_at(rate))) for rate in RATES),
        number(error),
        number(cllr(found.log_odds, found.same)),
        number(cllr_min(found.scores, found.same)),
        number(ece(*_even(found))),
    )


def _even(found: Verified) -> tuple[Array, Array]:
    """Probabilities, and whether they came true, of as many pairs of either kind: the rarer are repeated."""
    times = max(1, round(float((~found.same).sum() / found.same.sum())))
    rows = np.repeat(np.arange(len(found.same)), np.where(found.same, times, 1))
    return sigmoid(found.log_odds[rows]), found.same[rows]


def _naive(name: str, found: Verified) -> Sequence[str]:
    """The interval of the AUC that takes each pair for a draw of its own, and how much wider that by things is."""
    one, rng = np.ones(len(found.same)), np.random.default_rng(0)

    def ranked(scores: Array, same: Array) -> float:
        order = np.argsort(scores, kind="stable")
        return auc(scores[order], same[order], one)

    naive = bootstrap(ranked, found.scores, found.same, rng=rng, rounds=ROUNDS)
    sound = pair_figure(auc, found.scores, found.same, found.ends, rng=rng, rounds=ROUNDS)
    wider = (sound.high - sound.low) / max(naive.high - naive.low, 1e-9)
    return name, figure(sound), f"{number(naive.low)}–{number(naive.high)}", f"{wider:.1f}"


def _growth(name: str, asked: Pack, verifier: Verifier, count: int) -> Sequence[str]:
    """Milliseconds of a pair in a table of 100 and in one of ``count``, of the same files."""
    photos = [photo_of(entry).image for entry in asked.references[:FILES]]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.jpg" for number in range(len(photos))]
        for file, photo in zip(files, photos, strict=True):
            file.write_bytes(images.encode(photo, ".jpg"))
        pairs = list(islice(cycle(combinations(files, 2)), count))
        taken = []
        for some in (pairs[:100], pairs):
            began = time.perf_counter()
            for _ in verifier.verify_many(some):
                pass
            taken.append(1000 * (time.perf_counter() - began) / len(some))
    return name, f"{count:,}", *(f"{each:.0f}" for each in taken), f"{taken[1] / taken[0]:.2f}"


def _hardest(name: str, found: Verified) -> Sequence[str]:
    false = np.flatnonzero(~found.same)
    cosines = np.nan_to_num(found.evidence[false, PARTS.index("descriptor")], nan=-1.0)
    hardest = false[np.argsort(-cosines, kind="stable")[: max(1, round(HARDEST * len(false)))]]
    kept = np.concatenate([np.flatnonzero(found.same), hardest])
    rng = np.random.default_rng(0)
    figures = [
        pair_figure(what, found.scores[kept], found.same[kept], found.ends[kept], rng=rng, rounds=ROUNDS)
        for what in (auc, missed_at(0.01))
    ]
    return name, f"{len(hardest):,}", *map(figure, figures)


def _costs(name: str, asked: Pack, verifier: Verifier, recogniser: Recogniser) -> Sequence[str]:
    """Milliseconds of verifying two photos, and of an answer, by turns, from the decoded photos on."""
    taken = []
    for query in asked.queries[:TIMED]:
        reference = next((entry for entry in asked.references if entry.label in query.labels), asked.references[0])
        try:
            photos = photo_of(query).image, photo_of(reference).image
        except PhotoError:
            continue
        began = time.perf_counter()
        verifier.verify(*photos, keep_evidence=False)
        middle = time.perf_counter()
        recogniser.recognise(photos[0], keep_evidence=False)
        taken.append((middle - began, time.perf_counter() - middle))
    pair, answer = np.median(taken, axis=0)
    ratio = float(np.median([one / other for one, other in taken]))
    return name, f"{1000 * pair:.0f}", f"{1000 * answer:.0f}", f"{ratio:.2f}"


def _arguments() -> argparse.ArgumentParser:
    options = parser(__doc__ or "", packs=PACKS)
    said = "packs of which times are taken; by default sf-buildings"
    options.add_argument(
        "--with-galleries", nargs="*", default=[], choices=PACKS, metavar="PACK", help="by default none"
    )
    options.add_argument("--growth", type=int, default=0, metavar="PAIRS", help="by default growth is not timed")
    options.add_argument("--save", type=Path, metavar="FILE", help="draw DET curves and reliability into this picture")
    options.add_argument("--timed", nargs="*", default=["sf-buildings"], choices=PACKS, metavar="PACK", help=said)
    return options


if __name__ == "__main__":
    launch(_arguments(), main)
