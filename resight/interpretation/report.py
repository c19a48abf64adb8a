"""The report of a study: a page that a historian can read, its tables as CSV, and the map of explanations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.drawing.colours import LUMA
from resight.drawing.heat_picture import lit
from resight.io import images
from resight.io.cached_result import write_text
from resight.io.files import write_whole
from resight.report import figures
from resight.report.page import PageDrawing, PageImage, page
from resight.results import percent
from resight.types import Array, Image

from . import charts, tables, thumbnail_map
from .camera_control import STATISTICS, in_words
from .config import LEFT_OUT, PRESETS
from .model_study import PERSISTING, ModelStudy
from .place_photos import QUALITY, SIDE
from .study import CHUNK, PlaceObjects, StudyOutcome, sentences
from .symbols import place_symbols
from .thumbnail_layout import spread_sample
from .thumbnail_map import MappedExplanations, masked

EXAMPLES: Final = 6
"""Tested photos whose heat is shown by all networks."""

PICTURE: Final = 160
"""Side of a photo on the page, in pixels."""

COLUMNS: Final = 4
"""Places whose objects are drawn beside each other; the tables have all."""


def require() -> None:
    """Raises MissingExtra without what the page is made with."""
    figures.require()


def write(outcome: StudyOutcome, output: Path) -> dict[str, str]:
    """Write interpretation.html, map.html, map.png, map.svg and the tables; the files by what they are.

    Raises TrainingError where the disk refuses, ValueError for an outcome without controls.
    """
    files = {"report": output / "interpretation.html"}
    mapped = explanations_of(outcome)
    drawn = None
    if mapped is not None:
        drawn = thumbnail_map.picture(mapped)
        files |= {"map": output / "map.html", "picture": output / "map.png", "drawing": output / "map.svg"}
        write_text(files["map"], thumbnail_map.page(mapped, "What the networks look at"))
        write_text(files["drawing"], thumbnail_map.drawing(mapped))
        encoded = images.encode(drawn, ".png")
        write_whole(files["picture"], lambda unfinished: unfinished.write_bytes(encoded))
    for name, table in tables.tables(outcome).items():
        files[name] = output / f"{name}.csv"
        write_text(files[name], tables.as_csv(table))
    if any(outcome.photos.positions[row] is not None for row in outcome.tested):
        files["positions"] = output / "positions.geojson"
        write_text(files["positions"], tables.geojson(outcome))
    write_text(files["report"], page_of(outcome, drawn))
    return {name: str(file) for name, file in files.items()}


def explanations_of(outcome: StudyOutcome) -> MappedExplanations | None:
    """The visual explanations of the first network that has any, at the points of its first embedding of D_cam."""
    if not outcome.embeddings:
        return None
    placed = outcome.embeddings[0]
    model = next(model for model in outcome.models if model.name == placed.model)
    points = placed.embedding.points
    rows = spread_sample(points, outcome.config.drawn, rng=np.random.default_rng(outcome.config.seed))
    photos = outcome.photos.pixels[outcome.tested[rows]]
    found = []
    for some in np.split(np.arange(len(rows)), range(CHUNK, len(rows), CHUNK)):
        heats = model.heat(rows[some])
        found += [masked(photos[row], heat, outcome.config.theta) for row, heat in zip(some, heats, strict=True)]
    kinds, objects = np.unique(outcome.tops[rows], return_inverse=True)
    return MappedExplanations(
        points=points[rows],
        explanations=np.stack(found),
        photos=photos,
        names=[Path(outcome.photos.entries[row].name).name for row in outcome.tested[rows]],
        places=outcome.labels[rows],
        predicted=model.predicted[rows],
        objects=objects,
        place_names=outcome.photos.places,
        object_names=[tables.object_name(int(kind)) for kind in kinds],
    )


def page_of(outcome: StudyOutcome, drawn: Image | None) -> str:
    """The whole page, with the map as a picture.

    Raises ValueError for an outcome without controls: without them nobody knows whether a camera explains the rest.
    """
    if not outcome.controls:
        raise ValueError("a report without the control for the camera cannot be made; wanted controls in the outcome")
    statistics = next((one for one in outcome.controls if one.model == STATISTICS), None)
    values = {
        "places": len(outcome.photos.places),
        "photos": len(outcome.photos),
        "counts": np.bincount(outcome.splits, minlength=3).tolist(),
        "spots": len({*outcome.photos.spots}),
        "told_by": outcome.photos.told_by,
        "models": [model.name for model in outcome.models],
        "verdict": in_words(list(outcome.controls)),
        "quality": QUALITY,
        "side": SIDE,
        "control_header": ("shown", "photos", *(model.name for model in outcome.models), "chance"),
        "control_rows": tables.control_rows(outcome.controls, outcome.models),
        "statistics": None if statistics is None else _share(statistics.accuracy),
        "statistics_chance": None if statistics is None else percent(statistics.chance, 0),
        "files": _files(outcome),
        "errors": _errors(outcome),
        "sentences": sentences(outcome.pairs),
        "pairs": _pairs(outcome),
        "residuals": _residuals(outcome),
        "theta": outcome.config.theta,
        "other_theta": outcome.config.other_theta,
        "persisting": PERSISTING,
        "randomised": [(model.name, _number(model.persistence), _passes(model)) for model in outcome.models],
        "examples": _examples(outcome),
        "sizes": [(one.model, one.kind, one.dimensions, one.first, one.share) for one in outcome.sizes],
        "embeddings": _embeddings(outcome),
        "scatters": _scatters(outcome),
        "map": None if drawn is None else PageImage(drawn, _map_caption(outcome), "wide"),
        "objects": _objects(outcome),
        "least": f"{outcome.config.pixels:g}",
        "looked": _looked(outcome),
        "symbols": _symbols(outcome),
        "positions": _positions(outcome),
        "notes": outcome.notes,
        "left_out": next((LEFT_OUT[name] for name in LEFT_OUT if outcome.config == PRESETS[name]), ()),
    }
    return page("interpretation/templates/report.html", "What tells these places apart?", values)


def _share(found: Any) -> str:
    return f"{percent(found.value, 0)} ({percent(found.low, 0)} to {percent(found.high, 0)})"


def _number(value: float) -> str:
    return "not checked" if np.isnan(value) else f"{value:.2f}"


def _passes(model: ModelStudy) -> str:
    return "not checked" if np.isnan(model.persistence) else "fails" if model.fails else "passes"


def _files(outcome: StudyOutcome) -> list[tuple[str, ...]]:
    return [
        (place, f"{facts.width:.0f} × {facts.height:.0f}", f"{facts.bytes / 1000:.0f} kB")
        for place, facts in outcome.photos.files.items()
    ]


def _errors(outcome: StudyOutcome) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for model in (*outcome.models, *outcome.again):
        found = outcome.accuracy(model)
        interval = f"{1 - found.high:.3f} to {1 - found.low:.3f}"
        balanced = f"{1 - outcome.balanced(model):.3f}"
        rows.append((model.name, str(model.seed), f"{1 - found.value:.3f}", interval, balanced, str(found.n)))
    return rows


def _pairs(outcome: StudyOutcome) -> list[tuple[str, ...]]:
    return [
        (
            pair.one,
            "itself, another seed" if pair.one == pair.other else pair.other,
            str(len(pair.residuals)),
            f"{pair.residual.value:.3f} ({pair.residual.low:.3f}–{pair.residual.high:.3f})",
            f"{pair.chance:.3f}",
            f"{pair.ranks:.2f}",
            f"{pair.overlap:.2f}",
        )
        for pair in outcome.pairs
    ]


def _residuals(outcome: StudyOutcome) -> PageDrawing | None:
    if not outcome.pairs:
        return None
    return PageDrawing(charts.residuals(outcome.pairs), "Distributions of average residuals, by pair of networks.")


def _examples(outcome: StudyOutcome) -> list[dict[str, Any]]:
    """Some tested photos under each network's heat of the true place, and of the one they are taken for."""
    rng = np.random.default_rng(outcome.config.seed + 1)
    rows = np.sort(rng.permutation(len(outcome.tested))[:EXAMPLES])
    found = []
    for row in rows:
        photo = outcome.photos.pixels[outcome.tested[row]]
        place = outcome.photos.places[outcome.labels[row]]
        pictures = [PageImage(_small(photo), f"{place} (the true place)")]
        for model in outcome.models:
            taken = outcome.photos.places[model.predicted[row]]
            shown = _small(_heated(photo, model.heat(np.array([row]))[0]))
            pictures.append(PageImage(shown, f"{model.name}: heat of the true class {place}"))
            if taken != place:
                wrong = _small(_heated(photo, model.heat(np.array([row]), predicted=True)[0]))
                pictures.append(PageImage(wrong, f"{model.name}: heat of the predicted class {taken}", "wrong"))
        found.append({"name": outcome.photos.entries[outcome.tested[row]].name, "pictures": pictures})
    return found


def _small(image: Image) -> Image:
    return images.resize(image, (PICTURE, PICTURE))


def _heated(photo: Image, heat: Array) -> Image:
    return lit((photo @ LUMA)[..., None], heat)


def _embeddings(outcome: StudyOutcome) -> list[tuple[str, ...]]:
    return [
        (
            *(one.model, one.kind, one.reduction, f"{one.embedding.perplexity:.0f}", str(one.embedding.seed)),
            f"{one.embedding.trustworthiness:.2f}",
            f"{one.embedding.purity:.2f}",
            f"{one.embedding.chance:.2f}",
        )
        for one in outcome.embeddings
    ]


def _scatters(outcome: StudyOutcome) -> list[PageDrawing]:
    """The first network's points, by kind and reduction, in the colours of places; then of top objects."""
    found, shown = [], set()
    for one in outcome.embeddings:
        key = one.kind, one.reduction
        if one.model != outcome.embeddings[0].model or key in shown:
            continue
        shown.add(key)
        title = f"{one.model}, {one.kind}, {one.reduction}, by place"
        drawn = charts.scatter(one.embedding.points, outcome.labels, outcome.photos.places, title)
        found.append(PageDrawing(drawn, f"Points of explanations: {title}."))
        if one.reduction == "PCA(50)" and (outcome.tops >= 0).any():
            title = f"{one.model}, {one.kind}, {one.reduction}, by the object with most pixels"
            kinds, numbers = np.unique(outcome.tops, return_inverse=True)
            names = [tables.object_name(int(kind)) for kind in kinds]
            drawn = charts.scatter(one.embedding.points, numbers, names, title)
            found.append(PageDrawing(drawn, f"Points of explanations: {title}."))
    return found


def _map_caption(outcome: StudyOutcome) -> str:
    name = outcome.embeddings[0].model
    return f"Explanations of {name}: photos where the heat of their true place is {outcome.config.theta} or more."


def _objects(outcome: StudyOutcome) -> list[PageDrawing]:
    """Objects in the first network's explanations of its largest places, at both heats."""
    found = []
    for theta in (outcome.config.theta, outcome.config.other_theta):
        some = [one for one in outcome.objects if one.theta == theta and one.model == outcome.objects[0].model]
        largest = sorted((one for one in some if one.place), key=lambda one: -one.photos)[:COLUMNS]
        columns = [(_column(one), tables.drawn_shares(one.shares, outcome.config.pixels)) for one in largest]
        if any(shares for _, shares in columns):
            text = f"Objects in the explanations of {some[0].model} by place, from a heat of {theta}."
            found.append(PageDrawing(charts.object_bars(columns), text))
    return found


def _column(one: PlaceObjects) -> str:
    return f"{one.place}, θ = {one.theta:g}, {one.photos} photos"


def _looked(outcome: StudyOutcome) -> list[tuple[str, ...]]:
    """Objects that are looked at more than they are there, or less, by network over all places."""
    rows: list[tuple[str, ...]] = []
    for one in outcome.objects:
        if one.place or one.theta != outcome.config.theta:
            continue
        for share in tables.drawn_shares(one.shares, outcome.config.pixels):
            verdict = "more than it is there" if share.lift_low > 1 else "less" if share.lift_high < 1 else "as chance"
            rows.append(
                (
                    *(one.model, tables.object_name(share.number), f"{share.pixels:.0f}"),
                    *(percent(share.inside, 0), percent(share.whole, 0)),
                    f"{share.lift:.2f} ({share.lift_low:.2f}–{share.lift_high:.2f})",
                    verdict,
                )
            )
    return rows


def _symbols(outcome: StudyOutcome) -> list[dict[str, Any]]:
    """The explanations of the first network that tell each place apart, where objects have names."""
    if not outcome.embeddings or not (outcome.tops >= 0).any():
        return []
    name = outcome.embeddings[0].model
    model = next(model for model in outcome.models if model.name == name)
    found = place_symbols(
        *(outcome.photos.places, outcome.labels, model.probabilities, outcome.tops),
        model.maps.reshape(len(model.maps), -1),
    )
    return [
        {
            "place": one.place,
            "pictures": [_explained(outcome, model, row) for row in one.rows],
            "built": [_explained(outcome, model, row) for row in one.built],
            "counts": ", ".join(f"{tables.object_name(kind)} {count}" for kind, count in one.counts.items()),
        }
        for one in found
    ]


def _positions(outcome: StudyOutcome) -> PageDrawing | None:
    """The tested photos where they were taken, in the colours of the objects that are looked at."""
    rows = [row for row, photo in enumerate(outcome.tested) if outcome.photos.positions[photo] is not None]
    if not rows:
        return None
    found = [outcome.photos.positions[outcome.tested[row]] for row in rows]
    points = np.array([(one.longitude, one.latitude) for one in found if one is not None])
    kinds, numbers = np.unique(outcome.tops[rows], return_inverse=True)
    names = [tables.object_name(int(kind)) for kind in kinds]
    title = "Where photos were taken, longitude to the right, by the object with most pixels"
    return PageDrawing(charts.scatter(points, numbers, names, title), title)


def _explained(outcome: StudyOutcome, model: ModelStudy, row: int) -> PageImage:
    photo = outcome.photos.pixels[outcome.tested[row]]
    shown = masked(photo, model.heat(np.array([row]))[0], outcome.config.theta)
    sure = model.probabilities[row, outcome.labels[row]]
    return PageImage(_small(shown), f"{tables.object_name(int(outcome.tops[row]))}, {percent(sure, 0)} sure")


def summary(outcome: StudyOutcome) -> dict[str, Any]:
    """The figures that a program or a terminal is told."""
    errors: Sequence[tuple[Any, ...]] = tables.tables(outcome)["errors"][1]
    return {
        "control": in_words(list(outcome.controls)),
        "photos": len(outcome.photos),
        "places": list(outcome.photos.places),
        "spots": len({*outcome.photos.spots}),
        "told_by": outcome.photos.told_by,
        "tested": len(outcome.tested),
        "errors": [
            dict(zip(("model", "seed", "photos", "error", "low", "high", "mean_error_of_places"), row, strict=True))
            for row in errors
        ],
        "consistency": sentences(outcome.pairs),
        "notes": list(outcome.notes),
    }
