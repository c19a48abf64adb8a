"""A study from photos to report: two places that a corner's colour tells apart, seen by two small networks."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import DatasetError, ModelError, TrainingError
from resight.interpretation import report
from resight.interpretation import study as studies
from resight.interpretation.ade20k import number_of
from resight.interpretation.study import StudyOutcome, study
from resight.io import images
from resight.io.photo_position import Position
from resight.progress import Interrupted, finished
from tests.jobs import told

pytest.importorskip("sklearn", reason='needs scikit-learn: pip install "resight[report]"')
pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "resight[report]"')

pytestmark = pytest.mark.usefixtures("few_rounds")

QUICK = (
    *("side=64", "hidden=8", "epochs=2", "batch=8", "rate=0.001", "checked=2", "drawn=9", 'again=["simpler"]'),
    *("perplexities=[4]", "seeds=[0]"),
)


class _Halves:
    """A segmenter to which the upper half of each photo is sky and the lower is road."""

    def run(self, photos: Any) -> Any:
        scores = np.zeros((len(photos), 151, 8, 8), np.float32)
        scores[:, number_of("sky", "annotations"), :4] = 1
        scores[:, number_of("road", "annotations"), 4:] = 1
        return scores


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("cities"), np.random.default_rng(2)
    for place, colour in (("Delft", (220, 30, 30)), ("Tokyo", (30, 30, 220))):
        for number in range(30):
            photo = rng.integers(90, 160, (70, 90, 3), dtype=np.uint8)
            photo[:40, :40] = colour
            file = folder / "data" / place / f"street{number // 5}_{number % 5}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(images.encode(photo, ".png"))
    (folder / "weights").write_bytes(b"none")
    return folder


@pytest.fixture(scope="module")
def outcome(cities: Path) -> StudyOutcome:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studies, "deeplab", lambda weights, folder: _Halves())
        asked = iter([False, True])
        first = _study(cities, stop=lambda: next(asked, True))
        assert isinstance(first, Interrupted)
        found = _study(cities)
    assert isinstance(found, StudyOutcome)
    return found


def _study(cities: Path, **options: Any) -> Any:
    return finished(
        study(
            cities / "data",
            cities / "work",
            ("simpler", "house"),
            **{"config": "cpu", "settings": QUICK, "objects": cities / "weights", **options},
        )
    )


def test_it_measures_all(outcome: StudyOutcome) -> None:
    assert outcome.photos.places == ("Delft", "Tokyo")
    spots = np.array(outcome.photos.spots)
    assert not {*spots[outcome.splits == 2]} & {*spots[outcome.splits != 2]}
    assert {(pair.one, pair.other) for pair in outcome.pairs} <= {("simpler", "house"), ("simpler", "simpler")}
    assert {one.shown for one in outcome.controls} >= {"whole photos", "sky alone", "a patch of 64 pixels"}
    assert outcome.controls[0].is_above_chance  # colours alone tell these places apart
    [place] = [one for one in outcome.objects if (one.model, one.place, one.theta) == ("simpler", "", 0.6)]
    assert {share.number for share in place.shares} <= {number_of("sky", "list"), number_of("road", "list")}
    assert [(one.model, one.kind) for one in outcome.sizes][:2] == [("simpler", "D_cam"), ("simpler", "D_short")]


def test_the_report_begins_with_the_camera(outcome: StudyOutcome, tmp_path: Path) -> None:
    files = report.write(outcome, tmp_path)
    page = (tmp_path / "interpretation.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings[0] == "First: is it the camera?"
    assert headings[-1] == "What this does not show"
    assert "heat of the true class" in page
    assert page.count("<summary>Delft: ") == page.count("<summary>Tokyo: ") == 1
    assert "http" not in re.sub(r"http://www\.w3\.org/[\w/]+", "", page)
    assert len(files) == 13
    with open(files["objects"], encoding="utf-8") as table:
        assert {row["object"] for row in csv.DictReader(table)} == {"sky", "road"}
    with open(files["photos"], encoding="utf-8") as table:
        rows = [*csv.DictReader(table)]
    assert len(rows) == 60
    assert {row["split"] for row in rows if row["spot"] == rows[0]["spot"]} == {rows[0]["split"]}
    assert report.summary(outcome)["errors"][0]["model"] == "simpler"


def test_positions_are_drawn_and_exported(outcome: StudyOutcome, tmp_path: Path) -> None:
    somewhere = replace(outcome.photos, positions=tuple(Position(52, 4.3) for _ in outcome.photos.positions))
    found = replace(outcome, photos=somewhere, models=outcome.models[:1], pairs=(), objects=(), embeddings=())
    files = report.write(found, tmp_path)
    points = json.loads(Path(files["positions"]).read_text(encoding="utf-8"))["features"]
    assert len(points) == len(outcome.tested)
    assert points[0]["geometry"]["coordinates"] == [4.3, 52]
    assert points[0]["properties"]["object"] in ("sky", "road", "nothing")
    assert "<h2>Where</h2>" in (tmp_path / "interpretation.html").read_text(encoding="utf-8")


def test_a_report_without_control_cannot_be_made(outcome: StudyOutcome) -> None:
    with pytest.raises(ValueError, match="cannot be made"):
        report.page_of(replace(outcome, controls=()), None)


def test_a_map_of_one_cell_is_said_and_left_out(outcome: StudyOutcome) -> None:
    flat = replace(outcome.models[0], maps=np.ones((len(outcome.tested), 1, 1), np.float32))
    assert flat.is_flat
    assert not flat.heat(np.arange(2)).any()
    assert "one cell" in " ".join(studies._notes([flat], None))
    bare = replace(outcome, models=(flat,), pairs=(), sizes=(), embeddings=(), objects=(), again=())
    assert "There is none: no network has a map" in report.page_of(bare, None)


def test_photos_without_heat_are_left_out_where_maps_are_compared(outcome: StudyOutcome) -> None:
    one = replace(outcome.models[0], maps=outcome.models[0].maps.copy())
    one.maps[:3] = 0
    groups = np.arange(len(outcome.tested))
    pair = studies.compared(one, one, groups, outcome.config)
    assert len(pair.residuals) == one.has_heat.sum() <= len(outcome.tested) - 3
    assert pair.residual.value == 0 < pair.chance
    assert f"no heat for the true place in {(~one.has_heat).sum()} of" in " ".join(studies._notes([one], None))


def test_too_few_photos_for_a_map_are_said(outcome: StudyOutcome, tmp_path: Path) -> None:
    model = replace(outcome.models[0], maps=outcome.models[0].maps[:3], sums=outcome.models[0].sums[:3])
    sizes, embeddings = finished(studies._described([model], outcome.labels[:3], outcome.config, tmp_path))
    assert (len(sizes), embeddings) == (2, [])
    assert "3 tested photos are too few" in " ".join(studies._notes([model], None))


def test_no_object_over_the_threshold_is_said(outcome: StudyOutcome) -> None:
    bare = replace(outcome, config=replace(outcome.config, pixels=1e6))
    assert "No object is named" in report.page_of(bare, None)


def test_what_is_done_is_not_done_again(outcome: StudyOutcome, cities: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "deeplab", lambda weights, folder: _Halves())
    steps, again = told(
        study(
            *(cities / "data", cities / "work", ("simpler", "house")),
            config="cpu",
            settings=QUICK,
            objects=cities / "weights",
        )
    )
    assert isinstance(again, StudyOutcome)
    assert not [
        step.stage for step in steps if step.stage.startswith(("maps of simpler", "objects")) and step.total > 3
    ]
    assert (again.models[0].maps == outcome.models[0].maps).all()


def test_what_cannot_be_studied_is_refused(cities: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="did you mean 'simple'"):
        finished(study(cities / "data", tmp_path, ["simpel"]))
    with pytest.raises(TrainingError, match="no network is named"):
        finished(study(cities / "data", tmp_path, []))
    with pytest.raises(DatasetError, match="add another place"):
        finished(study(cities / "data" / "Delft", tmp_path, ["simple"]))
    with pytest.raises(TrainingError, match="there is no preset"):
        finished(study(cities / "data", tmp_path, ["simple"], config="gpu"))
