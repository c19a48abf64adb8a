"""The tables of a study, each a header and rows, for CSV files and for the page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence

from resight.metrics.interval import Estimate

from .ade20k import NOTHING, name_of
from .camera_control import ControlResult
from .model_study import ModelStudy
from .objects import ObjectShare
from .spots import LEARNED, TESTED, VALIDATED
from .study import StudyOutcome

Table = tuple[tuple[str, ...], list[tuple[object, ...]]]
"""A header and rows."""

SPLITS = {LEARNED: "learned", VALIDATED: "validated", TESTED: "tested"}


def tables(outcome: StudyOutcome) -> Mapping[str, Table]:
    """All tables by the name of their file, without its suffix."""
    return {
        "controls": _of(("shown", "model", "photos", "accuracy", "low", "high", "chance"), _controls(outcome)),
        "errors": _of(("model", "seed", "photos", "error", "low", "high", "mean_error_of_places"), _errors(outcome)),
        "photos": _of(("photo", "place", "spot", "split"), _photos(outcome)),
        "predictions": _of(("photo", "place", "model", "predicted", "probability_of_place"), _predictions(outcome)),
        "consistency": _of(
            ("one", "other", "photos", "residual", "low", "high", "chance", "rank_correlation", "overlap"),
            _pairs(outcome),
        ),
        "randomised": _of(
            ("model", "rank_correlation", "fails"),
            ((model.name, model.persistence, model.fails) for model in outcome.models),
        ),
        "descriptors": _of(
            ("model", "descriptor", "dimensions", "pca_50", "pca_90_percent"),
            ((one.model, one.kind, one.dimensions, one.first, one.share) for one in outcome.sizes),
        ),
        "embeddings": _of(
            (*("model", "descriptor", "reduction", "perplexity", "seed"), "trustworthiness", "purity", "chance"),
            _embeddings(outcome),
        ),
        "objects": _of(
            (
                *("model", "place", "theta", "photos", "object", "pixels", "low", "high"),
                *("share_inside", "share_of_photos", "ratio", "ratio_low", "ratio_high"),
            ),
            _objects(outcome),
        ),
    }


def _of(header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> Table:
    return header, list(rows)


def as_csv(table: Table) -> str:
    """A table as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table[0])
    writer.writerows([_cell(value) for value in row] for row in table[1])
    return stream.getvalue()


def geojson(outcome: StudyOutcome) -> str:
    """The tested photos that say where they were taken as points of GeoJSON (RFC 7946)."""
    features = []
    for row, photo in enumerate(outcome.tested):
        if (found := outcome.photos.positions[photo]) is not None:
            said = {
                "photo": outcome.photos.entries[photo].name,
                "place": outcome.photos.places[outcome.labels[row]],
                "object": object_name(int(outcome.tops[row])),
                **{model.name: outcome.photos.places[model.predicted[row]] for model in outcome.models},
            }
            at = {"type": "Point", "coordinates": [found.longitude, found.latitude]}
            features.append({"type": "Feature", "geometry": at, "properties": said})
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1)


def _cell(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value


def _interval(found: Estimate | None) -> tuple[object, ...]:
    return ("", "", "") if found is None else (found.value, found.low, found.high)


def _controls(outcome: StudyOutcome) -> Iterator[tuple[object, ...]]:
    for one in outcome.controls:
        yield one.shown, one.model, one.photos, *_interval(one.accuracy), one.chance


def _errors(outcome: StudyOutcome) -> Iterator[tuple[object, ...]]:
    for model in (*outcome.models, *outcome.again):
        found = outcome.accuracy(model)
        interval = 1 - found.value, 1 - found.high, 1 - found.low
        yield model.name, model.seed, found.n, *interval, 1 - outcome.balanced(model)


def _photos(outcome: StudyOutcome) -> Iterator[tuple[object, ...]]:
    photos = outcome.photos
    for entry, label, spot, split in zip(photos.entries, photos.labels, photos.spots, outcome.splits, strict=True):
        yield entry.name, photos.places[label], spot, SPLITS[int(split)]


def _predictions(outcome: StudyOutcome) -> Iterator[tuple[object, ...]]:
    for model in outcome.models:
        for row, (photo, label) in enumerate(zip(outcome.tested, outcome.labels, strict=True)):
            predicted = outcome.photos.places[model.predicted[row]]
            probability = float(model.probabilities[row, label])
            name = outcome.photos.entries[photo].name
            yield name, outcome.photos.places[label], model.name, predicted, probability


def _pairs(outcome: StudyOutcome) -> Iterator[tuple[object, ...]]:
    for pair in outcome.pairs:
        other = f"{pair.other}, another seed" if pair.one == pair.other else pair.other
        yield pair.one, other, len(pair.residuals), *_interval(pair.residual), pair.chance, pair.ranks, pair.overlap


def _embeddings(outcome: StudyOutcome) -> Iterator[tuple[object, ...]]:
    for one in outcome.embeddings:
        found = one.embedding
        measured = found.trustworthiness, found.purity, found.chance
        yield one.model, one.kind, one.reduction, found.perplexity, found.seed, *measured


def _objects(outcome: StudyOutcome) -> Iterator[tuple[object, ...]]:
    for one in outcome.objects:
        for share in one.shares:
            measured = share.pixels, share.low, share.high, share.inside, share.whole
            ratio = share.lift, share.lift_low, share.lift_high
            place = one.place or "all places"
            yield one.model, place, one.theta, one.photos, object_name(share.number), *measured, *ratio


def object_name(number: int) -> str:
    """An object of a study in words; "nothing" for an empty explanation."""
    return "nothing" if number < 0 else name_of(number, "annotations") if number else NOTHING


def drawn_shares(shares: Sequence[ObjectShare], least: float) -> list[ObjectShare]:
    """The objects with more than ``least`` mean pixels, what is no object left out."""
    return [share for share in shares if share.pixels > least and share.number > 0]


def control_rows(found: Sequence[ControlResult], models: Sequence[ModelStudy]) -> list[tuple[str, ...]]:
    """Accuracy by what was shown, a row each, and by model, a column each; chance last."""
    rows = []
    for shown in dict.fromkeys(one.shown for one in found if one.model in {model.name for model in models}):
        some = {one.model: one for one in found if one.shown == shown}
        first = next(iter(some.values()))
        cells = tuple(_said(some.get(model.name)) for model in models)
        rows.append((shown, f"{first.photos:,}", *cells, f"{first.chance:.2f}" if first.photos else "–"))
    return rows


def _said(found: ControlResult | None) -> str:
    if found is None or found.accuracy is None:
        return "too few"
    return f"{found.accuracy.value:.2f} ({found.accuracy.low:.2f}–{found.accuracy.high:.2f})"
