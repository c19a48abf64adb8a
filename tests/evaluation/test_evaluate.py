"""Evaluation: every figure with its interval, and whatever makes the figures better or worse than they should be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import resight
from resight.errors import DatasetError, GalleryError
from resight.evaluation.duplicates import Leak
from resight.evaluation.evaluate import Evaluation, evaluate, iter_evaluate
from resight.features.cnn_extractor import CnnExtractor
from resight.indexing.index import index
from resight.io.datasets.preflight import DatasetRead, Outset
from resight.io.images import Photo
from resight.metrics.interval import wilson
from resight.metrics.ranking import auroc, micro_ap
from resight.progress import Progress
from resight.types import Features
from tests.galleries import Photos, quick, seen_again, some, write

KNOWN = ("chelsea", "coffee", "page", "text")
STRANGERS = ("moon", "rocket")
FIGURES = ["p_at_1", "micro_ap", "auroc", "coverage", "false_accept_rate", "false_discovery_rate", "ece"]
CONDITIONS = ["unknown_share", "threshold", "without_leaks"]


@pytest.fixture(scope="module", autouse=True)
def quickly(few_rounds: None) -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def dataset(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four things, a view of each and a large one of coffee, and two strangers; only to be read."""
    folder = tmp_path_factory.mktemp("set")
    write(folder / "reference", some(known_photos, *KNOWN))
    write(folder / "query", {name: seen_again(known_photos[name], 2) for name in KNOWN})
    write(folder / "distractor", some(known_photos, *STRANGERS))
    view = Image.fromarray(seen_again(known_photos["coffee"], 4))
    view.resize((1800, 1800 * view.height // view.width)).save(folder / "query" / "coffee" / "large.jpg")
    return folder


@pytest.fixture(scope="module")
def gallery(dataset: Path) -> Path:
    """The gallery of its references, which saves indexing it again."""
    index(dataset, dataset.parent / "kept.gallery")
    return dataset.parent / "kept.gallery"


@pytest.fixture(scope="module")
def watched(dataset: Path, gallery: Path) -> tuple[list[Progress], Evaluation]:
    """What somebody sees who watches, and the result."""
    seen: list[Progress] = []
    return seen, evaluate(dataset, gallery=gallery, progress=seen.append)


@pytest.fixture(scope="module")
def result(watched: tuple[list[Progress], Evaluation]) -> Evaluation:
    return watched[1]


def table(folder: Path, rows: Sequence[str]) -> Path:
    """A folder with this metadata.csv."""
    (folder / "metadata.csv").write_text("\n".join(["file_name,label,split,ignore,labels", *rows]), encoding="utf-8")
    return folder


@pytest.fixture
def few(known_photos: Photos, tmp_path: Path) -> Path:
    """A folder of photos for a table: coffee, a view of it, the page and the moon."""
    (tmp_path / "few").mkdir()
    photos = {**some(known_photos, "coffee", "page", "moon"), "view": seen_again(known_photos["coffee"], 2)}
    for name, photo in photos.items():
        Image.fromarray(photo).save(tmp_path / "few" / f"{name}.png")
    return tmp_path / "few"


def test_that_photos_to_train_on_are_made_known_is_said_before_any_is_read(tmp_path: Path) -> None:
    for name in ("train/cup/1.jpg", "test/cup/2.jpg"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"")
    step = next(iter_evaluate(tmp_path, encoders=["classical"]))
    assert isinstance(step, DatasetRead)
    said = step.outset.survey.noted
    assert [note.count for note in said if note.kind == "split 'train' made known, for want of references"] == [1]


def test_a_spreadsheet_beside_photos_without_splits_is_told(tmp_path: Path) -> None:
    for name in ("1.jpg", "labels.ods"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(DatasetError, match=r"no queries: .*labels\.ods: table in a spreadsheet, not read"):
        next(iter_evaluate(tmp_path))


class TestFigures:
    """What the answers were worth."""

    def test_each_figure_has_its_interval(self, result: Evaluation) -> None:
        figures = result.figures()
        assert list(figures) == FIGURES
        for name, one in figures.items():
            assert 0 <= one.low <= one.value <= one.high <= 1
            counts = {
                "p_at_1": 5,
                "coverage": 5,
                "false_accept_rate": 2,
                "false_discovery_rate": int(result.named.sum()),
            }
            assert one.n == counts.get(name, 7)

    def test_known_things_are_found_and_strangers_refused(self, result: Evaluation) -> None:
        assert result.right.tolist() == result.answerable.tolist()
        assert {Path(name).parent.name for name in result.names} == {*KNOWN, *STRANGERS}
        assert result.figures()["p_at_1"] == replace(wilson(4, 4), n=5)  # five photos of four things
        assert result.figures()["false_accept_rate"] == wilson(0, 2)

    def test_figures_are_those_of_the_answers(self, result: Evaluation) -> None:
        figures = result.figures()
        assert figures["coverage"].value == result.named[result.answerable].mean()
        assert figures["micro_ap"].value == micro_ap(result.right, result.probabilities, result.answerable)
        assert figures["auroc"].value == auroc(result.probabilities, result.answerable)

    def test_flawless_answers_to_a_few_queries_prove_little(self) -> None:
        """All their resamples are flawless as well."""
        answers = judged([1, 1, 1, 0], [1, 1, 1, 0], [0.9, 0.8, 0.7, 0.1])
        for name in ("micro_ap", "auroc"):
            assert answers.figures()[name].value == 1
            assert answers.figures()[name].low == wilson(4, 4).low < 0.6

    def test_the_same_seed_gives_the_same_intervals(self, result: Evaluation) -> None:
        assert result.figures(seed=3) == result.figures(seed=3)

    def test_the_answers_are_the_recognisers(self, dataset: Path, gallery: Path, result: Evaluation) -> None:
        """At the share of strangers among the queries: two of seven, and one more of each."""
        with resight.open(gallery) as recogniser:
            for name, instance, probability, named in zip(
                result.names, result.instances, result.probabilities, result.named, strict=True
            ):
                answer = recogniser.recognise(name, unknown_share=3 / 9, keep_evidence=False)
                assert (answer.matches[0].instance, answer.probability) == (instance, probability)
                assert (answer.instance is not None) == named

    def test_a_rate_and_a_share_can_be_chosen(self, dataset: Path, gallery: Path, result: Evaluation) -> None:
        all_named = evaluate(dataset, gallery=gallery, false_accept_rate=1.0)
        assert all_named.named.sum() == sum(name is not None for name in all_named.instances)
        sure = evaluate(dataset, gallery=gallery, unknown_share=0.001)
        assert (sure.probabilities > result.probabilities).all()
        assert (all_named.unknown_share, sure.unknown_share) == (3 / 9, 0.001)
        assert sure.threshold is None
        assert all_named.threshold is not None
        assert (all_named.threshold.value, all_named.threshold.promised) == (0.0, True)

    def test_a_rate_or_share_that_is_none_is_refused_before_any_work(self, dataset: Path) -> None:
        for options, message in (
            ({"unknown_share": 0}, "unknown_share is 0"),
            ({"false_accept_rate": 1.5}, "false_accept_rate is 1.5"),
            ({"false_accept_rate": "x"}, "false_accept_rate is 'x'; wanted"),
            ({"unknown_share": True}, "unknown_share is True; wanted"),
        ):
            with pytest.raises(ValueError, match=message):
                next(iter_evaluate(dataset, **options))

    def test_at_a_prompt_it_is_its_counts(self, result: Evaluation) -> None:
        right, named = int(result.right.sum()), int(result.named.sum())
        assert repr(result) == f"<Evaluation of 7 queries: answerable=5, right={right}, named={named}>"

    def test_the_report_is_json(self, result: Evaluation) -> None:
        report = json.loads(json.dumps(result.to_dict()))
        told = ["queries", "unanswerable", "leaks", "unreadable", *Outset().to_dict()]
        told += ["further", "undefined", "audit", "retrieval", "votes", "record", "answers"]
        assert list(report) == [*FIGURES, *CONDITIONS, *told]
        assert all(list(report[name]) == ["value", "low", "high", "n"] for name in FIGURES)
        assert (report["queries"], report["unanswerable"]) == (7, 2)
        assert all(
            list(one) == ["photo", "instance", "probability", "right", "named", "either", "answerable", "label"]
            for one in report["answers"]
        )

    def test_it_says_what_it_rests_on(self, result: Evaluation, gallery: Path) -> None:
        record = result.record
        assert (record["photos"], record["references"]) == (11, 4)
        assert record["index_bytes"] == gallery.stat().st_size
        assert {one["name"] for one in record["encoders"]} == {"classical", "house"}
        assert list(record["seconds"]) == ["index", "audit", "queries", "tables"]
        assert result.audit.valid

    def test_descriptors_rank_the_gallery(self, result: Evaluation) -> None:
        (ranking,) = result.retrieval
        assert (ranking.encoder, ranking.relevant.shape) == ("house", (7, 4))
        assert ranking.answerable.tolist() == result.answerable.tolist()
        assert ranking.figures()["hit_at_5"] == replace(wilson(4, 4), n=5)

    def test_the_page_shows_figures_curves_and_errors(self, dataset: Path, gallery: Path, tmp_path: Path) -> None:
        evaluate(dataset, gallery=gallery, report=tmp_path / "new" / "page.html", false_accept_rate=1.0)
        page = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
        for said in (
            "The audit found no query",
            "P@1",
            "Rankings by house",
            "Worst errors",
            "SHA-256",
            "<svg",
            "data:",
        ):
            assert said in page
        assert "http" not in page.replace("http://www.w3.org", "")


def judged(right: Sequence[int], answerable: Sequence[int], probabilities: Sequence[float]) -> Evaluation:
    """Answers to queries, all of them named."""
    q = len(right)
    flags = (np.array(right, bool), np.array(answerable, bool), np.ones(q, bool))
    nothing = ((),) * q, np.zeros(q, bool)
    return Evaluation(("x",) * q, ("y",) * q, np.array(probabilities, float), *flags, *nothing, (), (), 0.5)


def test_one_of_two_is_no_name_and_is_counted_beside() -> None:
    answers = judged([1, 0, 1, 0], [1, 1, 1, 0], [0.4, 0.45, 0.9, 0.3])
    pairs = (("y", "z"), ("y", "w"), (), ("y", "z"))
    told = replace(answers, named=np.array([0, 0, 1, 0], bool), either=pairs, holds=np.array([1, 1, 0, 0], bool))
    figures = told.figures()
    assert (figures["coverage"], figures["false_accept_rate"]) == (wilson(1, 3), wilson(0, 1))
    assert figures["either_right"] == wilson(2, 3)
    assert "either_right" not in answers.figures()
    assert [one["either"] for one in told.to_dict()["answers"]] == [list(pair) for pair in pairs]
    leaked = replace(told, names=("a", "b", "c", "d"), leaks=(Leak("a", "x", "content"), Leak("d", "x", "content")))
    assert leaked.without_leaks().figures()["either_right"] == wilson(1, 1)


class TestUndefined:
    """What the queries do not tell is left out, and no accident."""

    @pytest.mark.parametrize(
        ("answers", "missing"),
        [
            (judged([], [], []), set(FIGURES)),
            (judged([1, 0], [1, 1], [0.9, 0.2]), {"auroc", "false_accept_rate"}),
            (judged([0, 0], [0, 0], [0.1, 0.2]), {"p_at_1", "micro_ap", "auroc", "coverage"}),
            (judged([1], [1], [0.9]), {"auroc", "false_accept_rate"}),
            (judged([1, 0], [1, 0], [0.9, 0.2]), {"auroc"}),
            (judged([1, 0, 0], [1, 0, 0], [0.9, 0.2, 0.1]), set()),
        ],
    )
    def test_by_hand(self, answers: Evaluation, missing: set[str]) -> None:
        for seed in range(3):
            assert set(FIGURES) - set(answers.figures(seed=seed)) == missing
        assert json.dumps(answers.to_dict())

    def test_a_gallery_of_nothing_readable(self, dataset: Path, tmp_path: Path) -> None:
        shutil.copytree(dataset / "query", tmp_path / "set" / "query")
        (tmp_path / "set" / "reference" / "coffee").mkdir(parents=True)
        (tmp_path / "set" / "reference" / "coffee" / "bad.jpg").write_bytes(b"")
        answers = evaluate(tmp_path / "set", encoders=["classical", "vlad"])
        assert answers.instances == (None,) * 5
        assert not answers.answerable.any()
        assert answers.figures()["false_accept_rate"] == wilson(0, 5)
        assert not evaluate(tmp_path / "set", unknown_share=0.5).named.any()

    def test_queries_that_cannot_be_read_are_listed(self, few: Path) -> None:
        (few / "bad.png").write_bytes(b"no photo")
        rows = ["coffee.png,coffee,reference", "bad.png,coffee,query"]
        answers = evaluate(table(few, [f"{row}," for row in rows]))
        assert ([one.photo for one in answers.unreadable], answers.figures()) == ([str(few / "bad.png")], {})

    def test_without_queries_there_is_nothing_to_ask(self, dataset: Path) -> None:
        with pytest.raises(DatasetError, match=r"has no queries: wanted FOLDER/query/LABEL/FILE"):
            evaluate(dataset / "reference", encoders="classical")

    def test_a_query_that_does_not_say_what_it_shows_is_refused(self, few: Path) -> None:
        """It could only be counted as unknown, which would be wrong as often as not."""
        rows = ["coffee.png,coffee,reference,", "view.png,,query,", "moon.png,,distractor,"]
        with pytest.raises(DatasetError, match=r"do not say what they show: 1, such as '.*view.png'"):
            evaluate(table(few, rows))


class TestLabels:
    """What counts as right."""

    def test_any_of_several_labels_is_right(self, few: Path) -> None:
        rows = ["coffee.png,coffee,reference,", "page.png,page,reference,", "view.png,,query,,espresso|coffee"]
        answers = evaluate(table(few, rows))
        assert (answers.right.tolist(), answers.answerable.tolist()) == ([True], [True])

    def test_the_label_of_a_distractor_means_nothing(self, few: Path) -> None:
        rows = ["coffee.png,coffee,reference,", "page.png,page,reference,", "view.png,coffee,distractor,"]
        answers = evaluate(table(few, rows))
        assert answers.instances == ("coffee",)
        assert (answers.right.tolist(), answers.answerable.tolist()) == ([False], [False])

    def test_a_label_that_nobody_knows_cannot_be_answered(self, few: Path) -> None:
        rows = ["coffee.png,coffee,reference,", "page.png,page,reference,", "moon.png,moon,query,"]
        assert evaluate(table(few, rows)).answerable.tolist() == [False]

    def test_what_a_query_ignores_is_not_known(self, few: Path) -> None:
        """Neither as a candidate, nor as what would have been right."""
        rows = ["coffee.png,coffee,reference,", "page.png,page,reference,", "moon.png,coffee,reference,"]
        for ignore, instance, answerable in (
            ("page.png|moon.png", "coffee", True),
            ("coffee.png", "other", True),
            ("coffee.png|moon.png", "other", False),
        ):
            answers = evaluate(table(few, [*rows, f"view.png,coffee,query,{ignore}"]))
            assert answers.answerable.tolist() == [answerable]
            assert (answers.instances == ("coffee",) and answers.probabilities[0] > 0.5) == (instance == "coffee")


class TestLeaks:
    """Queries whose photo the gallery holds."""

    def test_copies_and_near_duplicates_are_told(self, dataset: Path, known_photos: Photos, tmp_path: Path) -> None:
        shutil.copytree(dataset, tmp_path / "set")
        query = tmp_path / "set" / "query" / "coffee"
        shutil.copy(dataset / "reference" / "coffee" / "whole.png", query / "copy.png")
        coffee = Image.fromarray(known_photos["coffee"])
        coffee.save(query / "encoded.jpg", quality=40)
        coffee.resize((300, 200)).save(query / "resized.webp")
        coffee.crop((60, 40, 600, 400)).save(query / "cropped.png")
        leaks = evaluate(tmp_path / "set").leaks
        reference = str(tmp_path / "set" / "reference" / "coffee" / "whole.png")
        assert [(Path(leak.query).name, leak.kind) for leak in leaks] == [
            ("copy.png", "content"), ("encoded.jpg", "near duplicate"), ("resized.webp", "near duplicate")
        ]  # fmt: skip
        assert {leak.reference for leak in leaks} == {reference}

    def test_figures_without_them(self) -> None:
        right, answerable = [1, 1, 0, 0], [1, 1, 1, 0]
        answers = judged(right, answerable, [0.9, 0.8, 0.3, 0.2])
        answers = replace(answers, names=("a", "b", "c", "d"), leaks=(Leak("a", "r", "content"),))
        clean = answers.without_leaks()
        assert (clean.names, clean.leaks, clean.probabilities.tolist()) == (("b", "c", "d"), (), [0.8, 0.3, 0.2])
        assert clean.figures()["p_at_1"] == wilson(1, 2)
        assert answers.to_dict()["without_leaks"]["p_at_1"] == wilson(1, 2).to_dict()

    def test_other_photos_are_no_leaks(self, result: Evaluation) -> None:
        assert result.leaks == ()


class TestWork:
    """How it goes about it."""

    def test_progress_leads_to_the_result(self, watched: tuple[list[Progress], Evaluation]) -> None:
        steps, _ = watched
        stages = [step.stage for step in steps if step.stage not in ("photos", "calibration")]  # those of indexing
        assert stages == ["data set"] + ["leak audit"] * 7 + ["queries"] * 7
        assert [step.done for step in steps[-7:]] == [1, 2, 3, 4, 5, 6, 7]

    def test_a_gallery_is_kept_where_it_is_wanted_and_found_again(self, few: Path, tmp_path: Path) -> None:
        rows = ["coffee.png,coffee,reference,", "view.png,coffee,query,"]
        path = tmp_path / "kept.gallery"
        evaluate(table(few, rows), gallery=path)
        before = path.read_bytes()
        evaluate(few, gallery=path)
        assert path.read_bytes() == before

    def test_a_second_run_describes_no_photo_again(
        self, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The network sees each photo once; what comes of it is the same to the bit."""
        rows = [
            "coffee.png,coffee,reference,",
            "page.png,page,reference,",
            "view.png,coffee,query,",
            "moon.png,,distractor,",
        ]
        seen: list[Photo] = []
        features = CnnExtractor.features

        def counted(self: CnnExtractor, photo: Photo) -> Features:
            seen.append(photo)
            return features(self, photo)

        monkeypatch.setattr(CnnExtractor, "features", counted)
        first = evaluate(table(few, rows), gallery=tmp_path / "kept.gallery", encoders=["classical", "house"])
        count = len(seen)
        again = evaluate(few, gallery=tmp_path / "kept.gallery", encoders=["classical", "house"])
        assert count >= 4
        assert len(seen) == count
        np.testing.assert_array_equal(again.probabilities, first.probabilities)
        assert [one.to_dict() for one in again.votes] == [one.to_dict() for one in first.votes]
        assert {(cell["whitened"], cell["k"]) for cell in again.votes[0].to_dict()["cells"]} >= {(True, 1), (False, 23)}

    def test_a_gallery_of_other_encoders_is_refused(self, gallery: Path, dataset: Path) -> None:
        with pytest.raises(GalleryError, match="--rebuild"):
            evaluate(dataset, gallery=gallery, encoders=["vlad"])

    def test_nothing_is_left_behind(self, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        steps: Iterator[Any] = iter_evaluate(dataset)
        next(steps)
        assert list(tmp_path.iterdir())
        steps.close()
        assert list(tmp_path.iterdir()) == []


def test_paintings_in_a_museum(pack: Callable[..., Path], tmp_path: Path) -> None:
    """Eight of the shared pack, photographed by visitors, and three that are not known."""
    museum = pack("museum", ("reference", "query", "distractor"))
    asked = sorted(folder.name for folder in (museum / "query").iterdir() if "|" not in folder.name)[:8]
    for name in asked:
        shutil.copytree(museum / "reference" / name, tmp_path / "reference" / name)
        shutil.copytree(museum / "query" / name, tmp_path / "query" / name)
    for photo in sorted((museum / "distractor").rglob("*.*"))[:3]:
        (tmp_path / "distractor").mkdir(exist_ok=True)
        shutil.copy(photo, tmp_path / "distractor")
    figures = evaluate(tmp_path).figures()
    assert figures["p_at_1"].value > 0.9
    assert figures["auroc"].value > 0.9
    assert figures["coverage"].value > 0.7
    assert figures["false_accept_rate"].value == 0
