"""Indexing: from folders to a gallery that answers, whatever the folders hold and however often it is done."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import resight
from resight.calibration import fitting, near_duplicates, self_queries
from resight.calibration.samples import CalibrationSamples
from resight.calibration.self_queries import NEAREST, SelfQuery
from resight.errors import DatasetError, EncoderMismatch, GalleryError, ModelError
from resight.features.encoder import Encoder, encoders
from resight.gallery.stores.opening import open_gallery
from resight.indexing import index as indexing
from resight.indexing.index import index, iter_index
from resight.indexing.index_report import IndexReport
from resight.io.datasets.survey import NOTHING
from resight.io.images import Photo
from resight.search.describe import extract
from resight.verification.comparison import LOCAL
from tests.galleries import Photos, content, quick, seen_again, some, write
from tests.jobs import told

NAMES = ("chelsea", "coffee", "coins", "page", "text")


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    with quick("classical"):
        yield


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five photos of five things, only to be read."""
    return write(tmp_path_factory.mktemp("photos"), some(known_photos, *NAMES))


@pytest.fixture(scope="module")
def made(folder: Path) -> Path:
    """Their gallery, only to be read."""
    index(folder, folder / "known.gallery")
    return folder / "known.gallery"


@pytest.fixture(scope="module")
def both(folder: Path) -> Path:
    """The same by votes and descriptors, whitened; only to be read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("resight.features.head.FEW", 5)
        index(folder, folder / "both.gallery", encoders=["classical", "vlad"])
    return folder / "both.gallery"


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """Their gallery, to do with as one likes."""
    return Path(shutil.copy(made, tmp_path / "known.gallery"))


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> list[SelfQuery]:
    """The questions that are asked of galleries."""
    asked: list[SelfQuery] = []
    ask = self_queries.run_queries

    def record(known: Any, makers: Any, wanted: Sequence[SelfQuery], links: Any) -> Iterator[CalibrationSamples]:
        asked.extend(wanted)
        return ask(known, makers, wanted, links)

    monkeypatch.setattr(fitting, "run_queries", record)
    return asked


def instances(path: Path) -> list[str]:
    with open_gallery(path) as gallery:
        return [item.instance for item in gallery.items()]


def fitted(path: Path) -> dict[str, Any]:
    with resight.open(path) as recogniser:
        return recogniser.calibration.summary()


def near_twin(photo: Any) -> Any:
    """Another thing of the same design: another word is written on it."""
    return cv2.putText(photo.copy(), "TEA", (30, 90), cv2.FONT_HERSHEY_SIMPLEX, 3, (20, 60, 20), 9)


class TestOnce:
    """A first run, and the same again."""

    def test_progress_leads_to_the_report(self, folder: Path, tmp_path: Path) -> None:
        steps, report = told(iter_index(folder, tmp_path / "known.gallery"))
        assert [step.stage for step in steps] == sorted((step.stage for step in steps), reverse=True)
        assert {step.stage for step in steps} == {"photos", "calibration"}
        for stage in ("photos", "calibration"):
            done = [step.done for step in steps if step.stage == stage]
            assert done == sorted(done)
            assert done[-1] == next(step.total for step in steps if step.stage == stage)
        assert isinstance(report, IndexReport)
        lists = ("unreadable", "conflicts", "near_duplicates", "recognised", "unlabelled", "blank", "stale", "away")
        lists += ("look_alikes", "crowded", "empty", "removed", "kept_names", "lost", "alike", "unreadable_things")
        empty: dict[str, Any] = {name: [] for name in lists} | NOTHING.to_dict() | {"not_indexed": {}, "unplaced": 0}
        empty |= {"unlabelled_rows": {}, "forgotten_settings": ""}
        assert report.to_dict() == {"photos": 5, "added": 5, "already_there": 0, "impostors": 5, **empty}

    def test_the_same_again_adds_nothing(
        self, folder: Path, path: Path, asking: list[SelfQuery], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = content(path)
        monkeypatch.setattr("resight.indexing.enrolment.extract", None)
        report = index([folder], str(path))
        assert (report.added, report.skipped, asking) == (0, 5, [])
        assert content(path) == before

    def test_one_encoder_needs_no_list(self, folder: Path, tmp_path: Path) -> None:
        assert index(folder, tmp_path / "one.gallery", encoders="classical").added == len(NAMES)
        with resight.open(tmp_path / "one.gallery") as one:
            assert [encoder.name for encoder in one.encoders] == ["classical"]

    def test_two_runs_make_the_same_file(self, folder: Path, made: Path, tmp_path: Path) -> None:
        index(folder, tmp_path / "again.gallery")
        assert content(tmp_path / "again.gallery") == content(made)

    def test_several_folders_are_one_gallery(self, known_photos: Photos, tmp_path: Path) -> None:
        a, b = (write(tmp_path / name, some(known_photos, name)) for name in ("coffee", "text"))
        index([b, a], tmp_path / "known.gallery")
        assert instances(tmp_path / "known.gallery") == ["text", "coffee"]

    def test_a_first_run_adds_to_what_another_has_made_meanwhile(
        self, known_photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a, b = (write(tmp_path / name, some(known_photos, name)) for name in ("coffee", "text"))
        path, load = tmp_path / "known.gallery", indexing.encoders

        def overtaken(names: Sequence[str]) -> tuple[Encoder, ...]:
            monkeypatch.setattr(indexing, "encoders", load)
            index(a, path)
            return load(names)

        monkeypatch.setattr(indexing, "encoders", overtaken)
        assert index(b, path).added == 1
        assert instances(path) == ["coffee", "text"]

    def test_only_references_are_made_known(self, known_photos: Photos, tmp_path: Path) -> None:
        for split, name in (("reference", "coffee"), ("query", "page"), ("distractor", "text")):
            write(tmp_path / "set" / split, some(known_photos, name))
        assert index(tmp_path / "set", tmp_path / "known.gallery").total == 1
        assert instances(tmp_path / "known.gallery") == ["coffee"]

    def test_the_order_of_enrolment_changes_no_answer(self, made: Path, known_photos: Photos, tmp_path: Path) -> None:
        backwards = [write(tmp_path / name, some(known_photos, name)) for name in reversed(NAMES)]
        index(backwards, tmp_path / "turned.gallery")
        assert instances(tmp_path / "turned.gallery") == list(reversed(instances(made)))
        with resight.open(made) as one, resight.open(tmp_path / "turned.gallery") as other:
            for name in (*NAMES, "moon"):
                photo = seen_again(known_photos[name], 1)
                a, b = one.recognise(photo, keep_evidence=False), other.recognise(photo, keep_evidence=False)
                assert (a.instance, a.runner_up) == (b.instance, b.runner_up)
                assert a.probability == pytest.approx(b.probability, abs=1e-6)


class TestMore:
    """Photos that come later, and those that go."""

    def test_photos_added_later_give_the_same_gallery(
        self, known_photos: Photos, made: Path, tmp_path: Path, asking: list[SelfQuery]
    ) -> None:
        """Within a fifth more only what is new, and what is nearest to it, is asked; the items are those of one run."""
        path = tmp_path / "known.gallery"
        write(tmp_path / "photos", some(known_photos, *NAMES))
        index(tmp_path / "photos", path)
        asking.clear()
        write(tmp_path / "photos", {"rocket": known_photos["rocket"]})
        report = index(tmp_path / "photos", path)
        assert (report.added, report.skipped) == (1, 5)
        with open_gallery(path) as gallery:
            (rocket,) = gallery.items("rocket")
        asked = {question.id for question in asking}
        assert rocket.id in asked
        assert len(asked) <= 1 + NEAREST
        assert len(asking) == 3 * len(asked)
        once = tmp_path / "once.gallery"
        index(tmp_path / "photos", once)
        assert fitted(path)["questions"] == fitted(once)["questions"]
        for table in ("features", "thumbnails"):
            assert {row[-1] for row in content(path)[table]} == {row[-1] for row in content(once)[table]}
        assert sorted(instances(path)) == instances(once)

    def test_a_gallery_that_grew_much_is_asked_anew(
        self, path: Path, known_photos: Photos, tmp_path: Path, asking: list[SelfQuery]
    ) -> None:
        index(write(tmp_path / "more", some(known_photos, "rocket", "moon")), path)
        assert len(asking) == 3 * 7

    def test_another_photo_of_a_thing_asks_about_that_thing(
        self, path: Path, known_photos: Photos, tmp_path: Path, asking: list[SelfQuery]
    ) -> None:
        """It is held out now, no longer seen in views."""
        index(write(tmp_path / "more", {"coffee/part": known_photos["coffee"][20:, 30:]}), path)
        with open_gallery(path) as gallery:
            ids = {item.id for item in gallery.items("coffee")}
        assert ids <= {question.id for question in asking}
        assert len({question.id for question in asking}) <= len(ids) + NEAREST
        assert fitted(path)["questions"] == {
            "held out": 2,
            "view": 4,
            "left out": 6,
            "left-out view": 4,
            "unknown": 0,
            "example": 0,
            "stranger": 0,
        }

    @pytest.mark.parametrize("encoder", ["classical", "vlad"])
    def test_a_near_twin_asks_about_what_it_resembles(
        self,
        folder: Path,
        known_photos: Photos,
        tmp_path: Path,
        asking: list[SelfQuery],
        monkeypatch: pytest.MonkeyPatch,
        encoder: str,
    ) -> None:
        """Asked before, the old thing had nobody it could be taken for."""
        for module in (indexing, fitting):
            monkeypatch.setattr(module, "GROWN", 1.5)
        monkeypatch.setattr(self_queries, "NEAREST", 1)
        path = tmp_path / "known.gallery"
        index(folder, path, encoders=[encoder])
        asking.clear()
        index(write(tmp_path / "more", {"tea": near_twin(known_photos["coffee"])}), path)
        with open_gallery(path) as gallery:
            ids = {item.id for name in ("coffee", "tea") for item in gallery.items(name)}
        assert {question.id for question in asking} == ids

    def test_two_things_that_become_one_are_no_longer_each_others_strangers(
        self, path: Path, folder: Path, asking: list[SelfQuery]
    ) -> None:
        with open_gallery(path, write=True) as gallery:
            gallery.rename("coins", "page", merge=True)
            ids = {item.id for item in gallery.items("page")}
        shutil.copytree(folder / "coffee", path.parent / "photos" / "coffee")
        index(path.parent / "photos", path)
        assert {question.id for question in asking} >= ids

    def test_removed_photos_are_no_longer_asked_about(
        self,
        path: Path,
        folder: Path,
        known_photos: Photos,
        asking: list[SelfQuery],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for module in (indexing, fitting):
            monkeypatch.setattr(module, "GROWN", 1.5)
        with open_gallery(path, write=True) as gallery:
            gallery.remove(instances=["coins"])
        shutil.copytree(folder / "coffee", path.parent / "photos" / "coffee")
        index(path.parent / "photos", path)
        with open_gallery(path) as gallery:
            assert {question.id for question in asking} <= {item.id for item in gallery.items()}
        assert fitted(path)["questions"]["left out"] == 4
        with resight.open(path) as recogniser:
            answer = recogniser.recognise(known_photos["coins"])
        assert answer.instance is None
        assert "coins" not in {match.instance for match in answer.matches}

    def test_an_abandoned_calibration_is_made_up_for(self, folder: Path, made: Path, tmp_path: Path) -> None:
        path = tmp_path / "known.gallery"
        steps = iter_index(folder, path)
        while next(steps).stage != "calibration":
            pass
        steps.close()
        with open_gallery(path) as gallery:
            assert gallery.calibration() is None
        index(folder, path)
        assert content(path) == content(made)

    def test_unknown_folders_add_strangers_once(
        self, folder: Path, path: Path, known_photos: Photos, tmp_path: Path, asking: list[SelfQuery]
    ) -> None:
        strangers = write(tmp_path / "strangers", some(known_photos, "moon", "rocket"))
        shutil.copytree(strangers / "moon", strangers / "again")
        (strangers / "bad.jpg").write_bytes(b"no photo")
        unknown_photos = 1 / fitted(path)["least_false_accept_rate"]
        report = index(folder, path, unknown=[strangers])
        assert [bad.photo for bad in report.unreadable] == [str(strangers / "bad.jpg")]
        summary = fitted(path)
        assert summary["questions"]["unknown"] == 2
        assert summary["least_false_accept_rate"] == pytest.approx(1 / (unknown_photos + 2))
        before = content(path)
        index(folder, path, unknown=[strangers])
        assert content(path) == before
        index(folder, path)
        assert (content(path), asking) == (before, [])


class TestRebuild:
    """A gallery made anew, in the place of the old one."""

    def test_it_holds_these_photos_alone(self, path: Path, known_photos: Photos, tmp_path: Path) -> None:
        other = write(tmp_path / "other", some(known_photos, "rocket", "coffee"))
        (tmp_path / ".known.gallery.rebuilding.txt").touch()
        report = index(other, path, rebuild=True, forget=True)
        assert report.added == 2
        assert instances(path) == ["coffee", "rocket"]
        names = [".known.gallery.rebuilding.txt", "known.gallery", "other"]
        assert sorted(file.name for file in tmp_path.iterdir()) == names

    def test_it_is_what_a_new_one_would_be(self, path: Path, folder: Path, made: Path) -> None:
        with open_gallery(path, write=True) as gallery:
            gallery.remove(instances=["coffee"])
        index(folder, path, rebuild=True, again=True)
        assert content(path) == content(made)

    def test_without_an_old_one_it_is_a_first_run(self, folder: Path, made: Path, tmp_path: Path) -> None:
        index(folder, tmp_path / "new.gallery", rebuild=True)
        assert content(tmp_path / "new.gallery") == content(made)

    def test_it_keeps_the_encoders_or_takes_others(self, path: Path, known_photos: Photos, tmp_path: Path) -> None:
        other = write(tmp_path / "other", some(known_photos, "rocket", "coffee"))
        for wanted, found in ((["vlad"], ["vlad"]), (None, ["vlad"]), (["classical"], ["classical"])):
            index(other, path, encoders=wanted, rebuild=True, forget=True)
            with open_gallery(path) as gallery:
                assert [card.name for card in gallery.encoders] == found

    def test_the_old_one_stays_until_the_new_one_is_whole(self, path: Path, folder: Path) -> None:
        before = content(path)
        steps = iter_index(folder, path, rebuild=True)
        while next(steps).stage != "calibration":
            pass
        steps.close()
        assert content(path) == before

    @pytest.mark.parametrize("name", ["known.gallery", "hall [1].gallery", "no-suffix"])
    def test_an_abandoned_one_is_gone_on_with(self, path: Path, folder: Path, made: Path, name: str) -> None:
        path = path.rename(path.with_name(name))
        steps = iter_index(folder, path, rebuild=True)
        next(steps)
        steps.close()
        report = index(folder, path, rebuild=True)
        assert (report.added, report.skipped) == (0, 5)
        assert content(path) == content(made)
        assert [file.name for file in path.parent.iterdir()] == [name]

    @pytest.mark.parametrize("encoder", ["classical", "vlad"])
    def test_an_abandoned_one_of_other_photos_or_encoders_is_not(
        self, path: Path, folder: Path, known_photos: Photos, tmp_path: Path, encoder: str
    ) -> None:
        steps = iter_index(folder, path, rebuild=True)
        next(steps)
        steps.close()
        other = write(tmp_path / "other", some(known_photos, "rocket"))
        index(other, path, encoders=[encoder], rebuild=True, forget=True)
        assert instances(path) == ["rocket"]

    def test_a_file_that_cannot_be_opened_is_not_replaced(self, folder: Path, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("not a gallery " * 1000)
        for wanted in (None, ["classical"]):
            with pytest.raises(GalleryError, match=r"is not a gallery.*It is not replaced: mend that or move it away"):
                index(folder, path, encoders=wanted, rebuild=True)
        assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


class TestSmall:
    """Galleries with hardly anything in them."""

    def test_one_photo_is_recognised_but_promises_no_rate(self, known_photos: Photos, tmp_path: Path) -> None:
        path = tmp_path / "one.gallery"
        index(write(tmp_path / "photos", some(known_photos, "coffee")), path)
        with resight.open(path) as recogniser:
            with pytest.raises(GalleryError, match="index two things or more"):
                recogniser.recognise(known_photos["moon"], false_accept_rate=0.05)
            assert recogniser.recognise(known_photos["coffee"]).instance == "coffee"
            answer = recogniser.recognise(seen_again(known_photos["coffee"], 1))
            assert (answer.instance, answer.runner_up, answer.margin) == ("coffee", None, answer.probability)
            assert recogniser.recognise(known_photos["moon"]).instance is None

    def test_one_thing_in_several_photos(self, known_photos: Photos, tmp_path: Path) -> None:
        coffee = known_photos["coffee"]
        write(tmp_path / "photos", {"coffee": coffee, "coffee/left": coffee[:, :400], "coffee/top": coffee[:300]})
        index(tmp_path / "photos", tmp_path / "one.gallery")
        with resight.open(tmp_path / "one.gallery") as recogniser:
            answer = recogniser.recognise(seen_again(coffee, 1))
            assert (answer.instance, answer.runner_up, len(answer.matches)) == ("coffee", None, 1)
            assert recogniser.recognise(known_photos["moon"]).instance is None

    @pytest.mark.parametrize("encoder", ["classical", "vlad", "bow"])
    def test_photos_of_nothing(self, tmp_path: Path, encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Black photos have no feature, one descriptor and no directions to whiten."""
        monkeypatch.setattr("resight.features.head.FEW", 3)
        for photos in (1, 4):
            black = {f"{size}": np.zeros((90 + size, 120, 3), np.uint8) for size in range(photos)}
            path = tmp_path / f"{photos}.gallery"
            index(write(tmp_path / str(photos), black), path, encoders=[encoder])
            with resight.open(path) as recogniser:
                assert recogniser.recognise(black["0"]).instance is None

    def test_a_folder_of_nothing_readable_is_an_empty_gallery(self, known_photos: Photos, tmp_path: Path) -> None:
        (tmp_path / "photos" / "thing").mkdir(parents=True)
        (tmp_path / "photos" / "thing" / "bad.jpg").write_bytes(b"")
        path = tmp_path / "empty.gallery"
        report = index(tmp_path / "photos", path, encoders=["classical", "vlad"])
        assert (report.added, len(report.unreadable)) == (0, 1)
        with resight.open(path) as recogniser:
            assert recogniser.recognise(known_photos["coffee"]).matches == ()
        write(tmp_path / "photos", some(known_photos, "coffee"))
        index(tmp_path / "photos", path)
        with resight.open(path) as recogniser:
            assert recogniser.recognise(known_photos["coffee"]).instance == "coffee"

    def test_unreadable_photos_stop_nobody(self, known_photos: Photos, tmp_path: Path) -> None:
        photos = write(tmp_path / "photos", some(known_photos, "coffee", "page"))
        whole = (photos / "coffee" / "whole.png").read_bytes()
        bad = {"truncated.png": whole[:2000], "text.jpg": b"text", "zero.jpg": b"", "big.ppm": b"P6 20000 20000 255\n"}
        for name, data in bad.items():
            (photos / "page" / name).write_bytes(data)
        (photos / "page" / "folder.jpg").mkdir()
        report = index(photos, tmp_path / "known.gallery")
        assert report.added == 2
        assert {Path(one.photo).name for one in report.unreadable} == set(bad)

    def test_the_same_photo_under_two_labels_is_listed(self, folder: Path, tmp_path: Path) -> None:
        for name in ("coffee", "tea"):
            shutil.copytree(folder / "coffee", tmp_path / "photos" / name)
        (clash,) = index(tmp_path / "photos", tmp_path / "known.gallery").label_conflicts
        assert (clash.instance, clash.known.instance) == ("tea", "coffee")

    def test_names_come_back_as_they_were(self, known_photos: Photos, tmp_path: Path) -> None:
        """From folders, and from a table, where they may hold a slash."""
        (tmp_path / "photos").mkdir()
        names = {"a.png": "room 1/left wall", "b.png": "Ζωή", "c.png": "line\nbreak"}
        for file, photo in zip(names, ("coffee", "page", "text"), strict=True):
            Image.fromarray(known_photos[photo]).save(tmp_path / "photos" / file)
        rows = [f'{file},"{name}"' for file, name in names.items()]
        (tmp_path / "photos" / "metadata.csv").write_text("\n".join(["file_name,label", *rows]), encoding="utf-8")
        index(tmp_path / "photos", tmp_path / "known.gallery")
        with resight.open(tmp_path / "known.gallery") as recogniser:
            found = [recogniser.recognise(tmp_path / "photos" / file).instance for file in names]
        assert found == list(names.values())


class TestRefusals:
    """What is refused, before a file is touched."""

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (lambda folder: folder.mkdir(), "holds nothing: wanted files"),
            (lambda folder: None, "cannot list"),
            (lambda folder: write(folder / "query", {"a": np.zeros((9, 9, 3), np.uint8)}), "no reference photos"),
            (lambda folder: write(folder, {".": np.zeros((9, 9, 3), np.uint8)}), "no photo in .* has a label"),
        ],
    )
    def test_folders_that_make_nothing_known(self, tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
        make(tmp_path / "photos")
        with pytest.raises(DatasetError, match=words):
            index(tmp_path / "photos", tmp_path / "known.gallery")
        assert not (tmp_path / "known.gallery").exists()

    def test_the_folder_of_one_thing_instead_of_that_of_all(
        self, known_photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Unless nothing beside it holds photos: the folder above is no folder of things then."""
        photos = write(tmp_path / "photos", some(known_photos, "coffee", "page"))
        monkeypatch.chdir(tmp_path)
        cases: list[tuple[list[str], str]] = [
            (["photos/coffee"], "did you mean its parent, photos?"),
            (["photos/coffee/"], "did you mean its parent, photos?"),
            (["photos/coffee", "photos/page"], "did you mean what they lie in, photos?"),
        ]
        for roots, words in cases:
            with pytest.raises(DatasetError, match=rf"no photo in .* has a label.*: {re.escape(words)}$"):
                index(roots, "known.gallery")
        monkeypatch.chdir(photos / "page")
        for root in (".", "../page"):
            with pytest.raises(DatasetError, match="did you mean its parent, "):
                index(root, "known.gallery")
        shutil.rmtree(photos / "coffee")
        with pytest.raises(DatasetError, match=r": move each photo into a folder named after what it shows$"):
            index(".", "known.gallery")

    @pytest.mark.parametrize("wanted", [["vlad"], ["classical", "vlad"]])
    def test_encoders_that_the_gallery_was_not_made_by(self, folder: Path, path: Path, wanted: list[str]) -> None:
        before = content(path)
        with pytest.raises(
            EncoderMismatch,
            match=rf"made by classical, wanted .*{' '.join(f'--encoder {one}' for one in wanted)} --rebuild",
        ):
            index(folder, path, encoders=wanted)
        assert content(path) == before

    def test_some_of_the_encoders_that_it_was_made_by(self, known_photos: Photos, folder: Path, tmp_path: Path) -> None:
        """They would calibrate answers that the gallery then does not give."""
        path = tmp_path / "both.gallery"
        photos = write(tmp_path / "photos", some(known_photos, "coffee"))
        index(photos, path, encoders=["classical", "vlad"])
        with pytest.raises(
            EncoderMismatch, match=r"by classical, vlad, wanted classical: .*--encoder classical --rebuild"
        ):
            index(photos, path, encoders=["classical"])
        with open_gallery(path, write=True):
            pass  # it has let go of the file

    def test_an_encoder_that_is_none(self, folder: Path, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="there is no encoder 'classicle'"):
            index(folder, tmp_path / "known.gallery", encoders=["classicle"])
        assert list(tmp_path.iterdir()) == []


class TestEncoders:
    """Several encoders, whose evidence is weighed together."""

    def test_they_answer_together(self, both: Path, known_photos: Photos) -> None:
        with resight.open(both) as recogniser:
            assert [encoder.name for encoder in recogniser.encoders] == ["classical", "vlad"]
            assert len(recogniser.calibration.weights) == len(LOCAL) + 3  # a cosine in two columns, and the constant
            assert recogniser.calibration.photos == 5
            for name in NAMES:
                assert recogniser.recognise(seen_again(known_photos[name], 2)).matches[0].instance == name
            assert recogniser.recognise(known_photos["moon"]).instance is None

    def test_a_background_whitens_galleries_of_a_few_photos(self, folder: Path, tmp_path: Path) -> None:
        """Until another fifth of photos is there, it stays as it is."""
        index(folder, tmp_path / "house.gallery", encoders=["house"])
        [house] = encoders(["house"])
        with open_gallery(tmp_path / "house.gallery") as gallery:
            stored, rows = gallery.whitening(house.fingerprint), gallery.descriptors(house.fingerprint)[1]
        assert stored is not None
        assert house.background is not None
        assert (stored.version, stored.n) == (1, 5 + len(house.background))
        mean = np.concatenate([house.background, rows]).mean(axis=0)
        np.testing.assert_allclose(stored.whitening.mean, mean, atol=1e-6)

    def test_features_are_extracted_once(self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        extracted: list[Photo] = []
        extractor = type(encoders()[0].extractor)
        features = extractor.features
        monkeypatch.setattr(extractor, "features", lambda self, photo: extracted.append(photo) or features(self, photo))
        monkeypatch.setattr(self_queries, "MOST_VIEWS", 0)
        index(folder, tmp_path / "both.gallery", encoders=["classical", "vlad", "bow"])
        assert len(extracted) == 5

    def test_one_descriptor_alone_answers(self, folder: Path, known_photos: Photos, tmp_path: Path) -> None:
        path = tmp_path / "vlad.gallery"
        index(folder, path, encoders=["vlad"])
        with resight.open(path) as recogniser:
            for name in NAMES:
                answer = recogniser.recognise(known_photos[name])
                assert answer.instance == name
                assert answer.matches[0].to_dict()["inliers"] == 0
                assert answer._repr_png_()
            assert recogniser.recognise(np.zeros((90, 120, 3), np.uint8)).instance is None

    def test_a_whitening_is_fitted_where_it_says_something(self, made: Path, both: Path, folder: Path) -> None:
        (vlad,) = encoders(["vlad"])
        with open_gallery(both) as gallery:
            stored = gallery.whitening(vlad.fingerprint)
        assert stored is not None
        assert (stored.version, stored.n, stored.whitening.projection.shape[1]) == (1, 5, 2)

    def test_what_was_asked_under_another_whitening_is_asked_again(
        self, known_photos: Photos, tmp_path: Path, asking: list[SelfQuery], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its cosines are not comparable; here the first whitening comes with the sixth photo."""
        monkeypatch.setattr("resight.features.head.FEW", 6)
        path = tmp_path / "vlad.gallery"
        index(write(tmp_path / "photos", some(known_photos, *NAMES)), path, encoders=["vlad"])
        asking.clear()
        index(write(tmp_path / "photos", some(known_photos, "rocket")), path)
        assert len(asking) == 3 * 6

    def test_the_extractor_sees_a_photo_as_the_index_did(self, made: Path, known_photos: Photos) -> None:
        """A query and a reference of the same file differ by no more than what is rounded on disk."""
        makers: tuple[Encoder, ...] = encoders(["classical"])
        with resight.open(made) as recogniser:
            (item,) = (item for item in recogniser.index.items.values() if item.instance == "coffee")
            stored = recogniser.index.local(item.id).features
        seen = extract(Photo(known_photos["coffee"], (600, 400), b""), makers).local.features
        np.testing.assert_array_equal(stored.values, seen.values)


class TestTwins:
    """What a near twin does to the calibration, and that nothing of it is left when it has gone."""

    def test_a_removed_twin_leaves_no_trace(self, known_photos: Photos, folder: Path, tmp_path: Path) -> None:
        photos = shutil.copytree(folder, tmp_path / "photos")
        write(photos, {"tea": near_twin(known_photos["coffee"])})
        path = tmp_path / "known.gallery"
        index(photos, path)
        with open_gallery(path, write=True) as gallery:
            assert _threshold(path) > 0.5  # coffee, left out, is taken for tea
            gallery.remove(instances=["tea"])
        list(indexing.recalibrate(path))
        with open_gallery(path) as gallery:
            assert gallery.calibration() is not None
        never = tmp_path / "never.gallery"
        index(folder, never)
        assert _threshold(path) == pytest.approx(_threshold(never), abs=1e-6)

    def test_nobody_writes_a_gallery_that_is_being_made_anew(self, folder: Path, path: Path) -> None:
        """What was acknowledged to another writer meanwhile would be thrown away."""
        steps = iter_index(folder, path, rebuild=True)
        next(steps)
        with pytest.raises(GalleryError, match="is being written by"):
            open_gallery(path, write=True, wait=0)
        steps.close()
        open_gallery(path, write=True, wait=0).close()


def _threshold(path: Path) -> float:
    with resight.open(path) as recogniser:
        return recogniser.calibration.threshold(0.2).value


class TestAdvice:
    """What a person is told to look at."""

    def test_photos_that_are_gone_or_changed_are_told(self, known_photos: Photos, tmp_path: Path) -> None:
        photos, path = write(tmp_path / "photos", some(known_photos, "coffee", "page", "text")), tmp_path / "a.gallery"
        assert index(photos, path).missing_files == ()
        shutil.rmtree(photos / "page")
        shutil.copy(photos / "text" / "whole.png", tmp_path / "other.png")
        Image.fromarray(known_photos["moon"]).save(photos / "coffee" / "whole.png")
        missing_files = index(photos, path).missing_files
        assert [item.photo for item in missing_files] == [f"{photos}/coffee/whole.png", f"{photos}/page/whole.png"]
        with open_gallery(path, write=True) as gallery:
            gallery.remove(ids=[item.id for item in missing_files])
            assert sorted(gallery.instances()) == ["coffee", "text"]  # the new coffee stays
        assert index(write(tmp_path / "more", some(known_photos, "rocket")), path).missing_files == ()

    def test_photos_of_a_closed_folder_are_not_gone(
        self, known_photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        photos, path = write(tmp_path / "photos", some(known_photos, "coffee", "page")), tmp_path / "a.gallery"
        index(photos, path)
        listed = Path.iterdir

        def refuse(folder: Path) -> Iterator[Path]:
            if folder.name == "page":
                raise PermissionError(13, "Permission denied", str(folder))
            return listed(folder)

        monkeypatch.setattr(Path, "iterdir", refuse)
        report = index(photos, path)
        assert (report.missing_files, [one.place for one in report.survey.refused]) == ((), [f"{photos}/page"])

    def test_photos_to_train_on_are_made_known_where_there_are_only_queries_beside(
        self, known_photos: Photos, tmp_path: Path
    ) -> None:
        for split, name in (("Train", "coffee"), ("TEST", "page"), ("val", "text")):
            write(tmp_path / "set" / split, some(known_photos, name))
        report = index(tmp_path / "set", tmp_path / "a.gallery")
        assert (report.added, report.not_indexed) == (1, {"query": 1, "val": 1})
        assert "split 'train' made known, for want of references" in [note.kind for note in report.survey.noted]

    def test_an_unknown_folder_is_no_data_set(self, known_photos: Photos, tmp_path: Path) -> None:
        photos = write(tmp_path / "photos", some(known_photos, "coffee", "page"))
        strangers = write(tmp_path / "strangers" / "reference", some(known_photos, "text"))
        write(strangers.parent, some(known_photos, "moon"))
        (strangers.parent / "metadata.csv").write_text("file_name,split\nmoon/whole.png,query\n", encoding="utf-8")
        assert index(photos, tmp_path / "a.gallery", unknown=strangers.parent).unknown_photos == 4

    def test_also_where_the_folder_is_this_one(
        self, known_photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(write(tmp_path / "photos", some(known_photos, "coffee", "page")))
        index(".", "a.gallery")
        shutil.rmtree("page")
        assert [item.photo for item in index(".", "a.gallery").missing_files] == ["page/whole.png"]

    def test_a_thing_whose_photos_are_all_unreadable_is_as_unknown_as_one_without(
        self, known_photos: Photos, tmp_path: Path
    ) -> None:
        photos, path = write(tmp_path / "photos", some(known_photos, "coffee", "page")), tmp_path / "a.gallery"
        for name in ("empty/1.jpg", "empty/2.jpg", "page/bad.jpg"):
            (photos / name).parent.mkdir(exist_ok=True)
            (photos / name).write_bytes(b"no photo")
        report = index(photos, path)
        assert (report.unreadable_things, len(report.unreadable)) == (("empty",), 3)
        assert report.to_dict()["unreadable_things"] == ["empty"]
        (photos / "coffee" / "whole.png").write_bytes(b"no photo")
        assert index(photos, path).unreadable_things == ("empty",)  # coffee is known from the run before

    def test_who_renamed_a_thing_in_the_gallery_contradicts_nobody(self, known_photos: Photos, tmp_path: Path) -> None:
        """Neither after a rebuild; the same file in the folder of another thing does."""
        photos, path = write(tmp_path / "photos", some(known_photos, "coffee", "page")), tmp_path / "a.gallery"
        index(photos, path)
        with open_gallery(path, write=True) as gallery:
            gallery.rename("coffee", "Coffee, black")
        shutil.copytree(photos / "coffee", tmp_path / "other" / "tea")
        for rebuild in (False, True, False):
            report = index([photos, tmp_path / "other"] if not rebuild else photos, path, rebuild=rebuild)
            kept = [(one.photo, one.instance, one.known_as) for one in report.kept_names]
            assert kept == [(f"{photos}/coffee/whole.png", "coffee", "Coffee, black")]
            assert [clash.instance for clash in report.label_conflicts] == ([] if rebuild else ["tea"])
            assert report.done == report.total

    def test_a_photo_that_was_moved_is_known_where_it_is_now(self, known_photos: Photos, tmp_path: Path) -> None:
        photos, path = write(tmp_path / "photos", some(known_photos, "coffee", "page", "text")), tmp_path / "a.gallery"
        index(photos, path)
        (photos / "coffee" / "whole.png").rename(photos / "coffee" / "moved.png")
        (photos / "page").rename(photos / "sheet")
        shutil.copytree(photos / "text", tmp_path / "copy" / "text")
        report = index([photos, tmp_path / "copy"], path)
        assert report.missing_files == ()
        assert [(clash.instance, clash.known.instance) for clash in report.label_conflicts] == [("sheet", "page")]
        with open_gallery(path) as gallery:
            places = {item.instance: item.photo for item in gallery.items()}
        assert places == {
            "coffee": f"{photos}/coffee/moved.png",
            "page": f"{photos}/sheet/whole.png",
            "text": f"{photos}/text/whole.png",
        }

    def test_a_second_round_of_questions_goes_on_counting(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By stand-ins for answers that show that two names are of one picture, and so for more to ask."""
        plan, rounds = fitting.plan_queries, iter((3, None))
        more = iter(({(1, 2)}, set[Any]()))
        monkeypatch.setattr(fitting, "plan_queries", lambda *given: plan(*given)[: next(rounds)])
        monkeypatch.setattr(fitting, "among_answers", lambda *_: next(more))
        monkeypatch.setattr(near_duplicates.Duplicates, "adding", lambda self, _: self)
        steps = [step for step in iter_index(folder, tmp_path / "known.gallery") if step.stage == "calibration"]
        assert [step.done for step in steps[:-1]] == list(range(1, len(steps)))
        assert [step.total for step in steps] == [3] * 3 + [len(steps) - 1] * (len(steps) - 3)

    def test_a_photo_without_points_and_one_without_label_are_told(self, known_photos: Photos, tmp_path: Path) -> None:
        photos = write(
            tmp_path / "photos", {**some(known_photos, "coffee"), "white": np.full((90, 120, 3), 255, np.uint8)}
        )
        Image.fromarray(known_photos["moon"]).save(photos / "loose.png")
        report = index(photos, tmp_path / "known.gallery")
        assert (report.without_features, report.unlabelled) == ([f"{photos}/white/whole.png"], (f"{photos}/loose.png",))
        assert report.empty == report.without_features
        assert report.added == 2

    def test_how_many_unknown_photos_were_asked_about(self, folder: Path, made: Path) -> None:
        assert index(folder, made).unknown_photos == 5

    def test_folders_within_a_thing_are_told(self, known_photos: Photos, tmp_path: Path) -> None:
        names = {"hall/coffee": "coffee", "hall/page": "page", "text": "text", "moon/far": "moon"}
        photos = write(tmp_path / "photos", {path: known_photos[name] for path, name in names.items()})
        assert index(photos, tmp_path / "known.gallery").survey.nested == (f"{photos}/hall",)
