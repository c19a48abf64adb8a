"""The recogniser, with the encoder that ships: names what it knows, refuses what it does not, however it is asked."""

from __future__ import annotations

import io
import pickle
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import resight
from resight.calibration import self_queries
from resight.calibration.fitting import calibrate
from resight.errors import EncoderMismatch, GalleryError, ModelError, PhotoError
from resight.features.encoder import encoders
from resight.gallery.stores.opening import create_gallery, open_gallery
from resight.indexing.index import index
from resight.recognition.recogniser import Recogniser
from resight.results import Recognition
from resight.search.gallery_index import GalleryIndex
from resight.types import EncoderCard
from tests.galleries import Photos, quick, seen_again, some, write

KNOWN = ("astronaut", "chelsea", "coffee", "coins", "page", "text")


@pytest.fixture(scope="module")
def folder(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six photos of six things, only to be read."""
    return write(tmp_path_factory.mktemp("known"), some(known_photos, *KNOWN))


@pytest.fixture
def quickly() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def path(folder: Path) -> Path:
    """Their gallery, only to be read."""
    path = folder / "known.gallery"
    with quick():
        index(folder, path)
    return path


@pytest.fixture(scope="module")
def known(path: Path) -> Iterator[Recogniser]:
    with quick():
        recogniser = resight.open(path)
    with recogniser:
        yield recogniser


@pytest.fixture(scope="module")
def coffee(known_photos: Photos) -> npt.NDArray[np.uint8]:
    return seen_again(known_photos["coffee"], 0)


def told(answer: Recognition) -> dict[str, Any]:
    """The answer without the name of the query."""
    return {name: value for name, value in answer.to_dict().items() if name != "photo"}


def answered(found: Iterable[Recognition | PhotoError]) -> list[Recognition]:
    """The answers, all of which there must be."""
    return [one for one in found if isinstance(one, Recognition) or pytest.fail(str(one))]


class TestAnswers:
    """What is named, and what is not."""

    def test_known_things_are_first_in_every_view_and_strangers_get_no_name(
        self, known_photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As people ask: photos are seen large, with all their features."""
        monkeypatch.setattr(self_queries, "FEW", 1)
        names, strangers = ("brick", "chelsea", "coffee", "page"), ("moon", "rocket")
        index(write(tmp_path / "photos", some(known_photos, *names)), tmp_path / "shipped.gallery")
        with resight.open(tmp_path / "shipped.gallery") as shipped:
            answers = {name: shipped.recognise(seen_again(known_photos[name], 2)) for name in (*names, *strangers)}
        assert {name: answers[name].matches[0].instance for name in names} == {name: name for name in names}
        assert sum(answers[name].instance is not None for name in names) >= len(names) - 1
        assert [answers[name].instance for name in strangers] == [None] * len(strangers)

    def test_a_copy_is_recognised_for_sure(self, known: Recogniser, folder: Path) -> None:
        for photo in sorted(folder.glob("*/*.png")):
            answer = known.recognise(photo, keep_evidence=False)
            assert answer.instance == photo.parent.name
            assert answer.probability > 0.9
            assert answer.photo == answer.matches[0].photo == str(photo)

    @pytest.mark.parametrize("shape", [(300, 400), (1, 1), (1, 500), (2000, 3)])
    @pytest.mark.parametrize("grey", [0, 255])
    def test_a_photo_of_nothing_is_none_of_these(self, known: Recogniser, shape: tuple[int, int], grey: int) -> None:
        answer = known.recognise(np.full((*shape, 3), grey, np.uint8))
        assert answer.instance is None
        assert answer.probability < 0.02
        assert answer._repr_png_()

    def test_the_answer_agrees_with_itself(self, known: Recogniser, known_photos: Photos) -> None:
        for photo in (known_photos["coins"][:, :250], known_photos["gravel"], known_photos["text"]):
            seen = known.extract(photo)
            answer = known.answer("", seen)
            probabilities = known.calibration.probabilities(known.candidates(seen).evidence)
            falling = sorted(probabilities.tolist(), reverse=True)
            assert answer.probability == falling[0]
            assert answer.margin == falling[0] - falling[1]
            assert answer.runner_up == answer.matches[1].instance
            scores = [match.score for match in answer.matches]
            assert scores == sorted(scores, reverse=True)
            assert answer.instance == (answer.matches[0].instance if answer.probability >= 0.5 else None)

    def test_no_more_matches_than_are_wanted(self, known: Recogniser, coffee: npt.NDArray[np.uint8]) -> None:
        seen = known.extract(coffee)
        whole = known.answer("", seen)
        assert len(whole.matches) == 5
        for k in (1, 2, 99):
            answer = known.answer("", seen, k=k)
            assert [match.photo for match in answer.matches] == [match.photo for match in whole.matches[:k]]
            assert (answer.instance, answer.runner_up) == (whole.instance, whole.runner_up)
        with pytest.raises(ValueError, match="k is 0; wanted at least 1"):
            known.answer("", seen, k=0)

    def test_a_larger_share_of_strangers_makes_less_sure(
        self, known: Recogniser, coffee: npt.NDArray[np.uint8]
    ) -> None:
        seen = known.extract(coffee)
        answers = [known.answer("", seen, unknown_share=share) for share in (0.001, 0.1, 0.5, 0.9, 0.99999)]
        sure = [answer.probability for answer in answers]
        assert sure == sorted(sure, reverse=True)
        assert len(set(sure)) == len(sure)
        assert [answer.instance for answer in (answers[0], answers[-1])] == ["coffee", None]
        assert len({tuple(match.photo for match in answer.matches) for answer in answers}) == 1

    def test_a_larger_false_accept_rate_names_more(self, known: Recogniser, known_photos: Photos) -> None:
        seen = [known.extract(known_photos[name][::2, ::2]) for name in ("moon", "page", "text")]
        named = [
            {row for row, one in enumerate(seen) if known.answer("", one, false_accept_rate=false_accept_rate).instance}
            for false_accept_rate in (0.0, 0.05, 0.5, 1.0)
        ]
        assert all(fewer <= more for fewer, more in pairwise(named))
        assert named[0] < named[-1] == {0, 1, 2}

    def test_a_rate_is_not_moved_by_the_share(self, known: Recogniser, known_photos: Photos) -> None:
        seen = known.extract(known_photos["gravel"])
        for false_accept_rate in (0.0, 0.5, 1.0):
            answers = [
                known.answer("", seen, false_accept_rate=false_accept_rate, unknown_share=share)
                for share in (0.01, 0.99)
            ]
            assert answers[0].instance == answers[1].instance
            assert answers[0].probability > answers[1].probability

    @pytest.mark.parametrize("wrong", ["x", True, float("nan"), [0.1], 1.5])
    def test_a_rate_or_share_that_is_no_number_is_refused_in_words_at_every_door(
        self, known: Recogniser, coffee: npt.NDArray[np.uint8], wrong: Any
    ) -> None:
        doors: tuple[Callable[..., Any], ...] = (
            known.recognise,
            lambda photo, **options: next(known.recognise_many([photo], **options)),
            known.find,
        )
        for ask in doors:
            with pytest.raises(ValueError, match=r"false_accept_rate is .*wanted a false-accept rate from 0 to 1"):
                ask(coffee, false_accept_rate=wrong)
            with pytest.raises(ValueError, match=r"unknown_share is .*wanted more than 0 and less than 1"):
                ask(coffee, unknown_share=wrong)
        with pytest.raises(ValueError, match=r"false_accept_rate is .*wanted a false-accept rate from 0 to 1"):
            known.calibration.threshold(wrong)

    def test_numbers_of_numpy_are_rates_and_shares(self, known: Recogniser, coffee: npt.NDArray[np.uint8]) -> None:
        options = {"false_accept_rate": np.float32(0.5), "unknown_share": np.float64(0.5)}
        assert known.recognise(coffee, **options).instance == "coffee"

    def test_options_that_mean_nothing_are_refused(self, known: Recogniser, coffee: npt.NDArray[np.uint8]) -> None:
        with pytest.raises(ValueError, match="unknown_share is 1"):
            known.recognise(coffee, unknown_share=1)
        with pytest.raises(ValueError, match=r"false_accept_rate is -0\.1"):
            known.recognise(coffee, false_accept_rate=-0.1)


class TestPhotos:
    """The same photo, however it is given."""

    def test_a_path_bytes_an_open_file_an_array_and_a_picture_are_the_same(
        self, known: Recogniser, folder: Path
    ) -> None:
        file = folder / "chelsea" / "whole.png"
        expected = told(known.recognise(file))
        with Image.open(file) as picture, file.open("rb") as opened:
            for photo in (str(file), file.read_bytes(), opened, np.asarray(picture), picture):
                answer = known.recognise(photo)
                assert told(answer) == expected
                assert answer.photo == (photo if isinstance(photo, str) else "")

    def test_all_orientations_give_the_same_answer(self, known: Recogniser, coffee: npt.NDArray[np.uint8]) -> None:
        """EXIF says how a camera was held."""
        turns = {
            1: lambda one: one,
            2: np.fliplr,
            3: lambda one: np.rot90(one, 2),
            4: np.flipud,
            5: lambda one: one.transpose(1, 0, 2),
            6: np.rot90,
            7: lambda one: np.rot90(one, 2).transpose(1, 0, 2),
            8: lambda one: np.rot90(one, 3),
        }
        answers = []
        for orientation, turned in turns.items():
            exif = Image.Exif()
            exif[0x0112] = orientation
            stored = io.BytesIO()
            Image.fromarray(np.ascontiguousarray(turned(coffee))).save(stored, "PNG", exif=exif)
            answers.append(told(known.recognise(stored.getvalue())))
        assert answers == [told(known.recognise(coffee))] * 8
        assert answers[0]["instance"] == "coffee"

    def test_many_are_answered_in_order(self, known: Recogniser, known_photos: Photos) -> None:
        photos = [known_photos[name][::2, ::2] for name in ("text", "rocket", "page", "coins")]
        many = known.recognise_many(iter(photos), k=2, false_accept_rate=0.2, unknown_share=0.3)
        singly = [known.recognise(photo, k=2, false_accept_rate=0.2, unknown_share=0.3) for photo in photos]
        assert [told(answer) for answer in answered(many)] == [told(answer) for answer in singly]
        assert list(known.recognise_many([])) == []

    def test_a_photo_that_cannot_be_read_is_told_at_its_place(self, known: Recogniser, folder: Path) -> None:
        good = folder / "page" / "whole.png"
        first, bad, last = known.recognise_many([good, b"no photo", good])
        assert isinstance(bad, PhotoError)
        assert "a text of 8 bytes" in str(bad)
        assert [answer.instance for answer in answered([first, last])] == ["page", "page"]
        with pytest.raises(PhotoError):
            known.recognise(folder / "missing.jpg")

    def test_a_photo_that_cannot_be_read_is_raised_at_its_place_on_request(
        self, known: Recogniser, folder: Path
    ) -> None:
        good = folder / "page" / "whole.png"
        found = known.recognise_many([good, b"no photo", good], errors="raise")
        assert next(found).instance == "page"
        with pytest.raises(PhotoError, match="a text of 8 bytes"):
            next(found)
        with pytest.raises(ValueError, match="errors is 'ignore'; wanted 'yield' or 'raise'"):
            known.recognise_many([good], errors="ignore")  # type: ignore[call-overload]

    def test_many_answers_keep_no_evidence_unless_they_are_to_and_can_be_sent_elsewhere(
        self, known: Recogniser, folder: Path
    ) -> None:
        good = folder / "page" / "whole.png"
        [answer] = answered(known.recognise_many([good]))
        assert answer.picture is answer.explainer is None
        sent = pickle.dumps(answer)
        assert pickle.loads(sent).to_dict() == answer.to_dict() == known.recognise(good).to_dict()
        assert len(sent) < 50_000
        [kept] = answered(known.recognise_many([good], keep_evidence=True))
        assert kept._repr_png_() == known.recognise(good)._repr_png_()
        with pytest.raises(TypeError, match="cannot be pickled: ask again with keep_evidence=False"):
            pickle.dumps(kept)
        found = known.find(good, keep_evidence=False)
        assert pickle.loads(pickle.dumps(found)).to_dict() == found.to_dict()

    def test_both_spellings_are_one(self) -> None:
        assert Recogniser.recognize is Recogniser.recognise
        assert Recogniser.recognize_many is Recogniser.recognise_many

    def test_the_probability_of_none_is_what_the_candidates_leave(
        self, known: Recogniser, known_photos: Photos
    ) -> None:
        for name in ("coffee", "rocket"):
            seen = known.extract(known_photos[name])
            probabilities = known.calibration.probabilities(known.candidates(seen).evidence)
            answer = known.recognise(known_photos[name], k=1)
            assert answer.unknown_probability == pytest.approx(1 - probabilities.sum())
        assert known.recognise(np.zeros((90, 120, 3), np.uint8)).unknown_probability > 0.98

    def test_the_evidence_is_drawn_for_whoever_wants_it(
        self, known: Recogniser, coffee: npt.NDArray[np.uint8], tmp_path: Path
    ) -> None:
        known.recognise(coffee).save(tmp_path / "why.jpg")
        with Image.open(tmp_path / "why.jpg") as picture:
            assert picture.size[0] > 500
        with pytest.raises(ValueError, match="keep_evidence=True"):
            known.recognise(coffee, keep_evidence=False).save(tmp_path / "none.jpg")


@pytest.fixture(scope="module")
def three(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos of three things and their gallery beside them, only to be read."""
    folder = write(tmp_path_factory.mktemp("three") / "photos", some(known_photos, "chelsea", "coffee", "page"))
    with quick():
        index(folder, folder.with_suffix(".gallery"))
    return folder


@pytest.fixture
def live(quickly: None, three: Path, tmp_path: Path) -> Iterator[Recogniser]:
    """A recogniser of three things, whose gallery others may write."""
    shutil.copy(three.with_suffix(".gallery"), tmp_path / "live.gallery")
    with resight.open(tmp_path / "live.gallery") as recogniser:
        yield recogniser


def add(recogniser: Recogniser, photos: Mapping[str, npt.NDArray[np.uint8]], folder: Path) -> None:
    index(write(folder, photos), recogniser.gallery.path)


class TestLive:
    """A gallery that others change while it is asked."""

    def test_photos_that_come_and_go_are_followed(self, live: Recogniser, known_photos: Photos, tmp_path: Path) -> None:
        rocket = known_photos["rocket"]
        assert live.recognise(rocket).instance is None
        add(live, {"rocket": rocket}, tmp_path / "more")
        assert live.recognise(rocket).instance == "rocket"
        with open_gallery(live.gallery.path, write=True) as writer:
            writer.rename("rocket", "falcon")
            assert live.recognise(rocket).instance == "falcon"
            writer.remove(instances=["falcon"])
        answer = live.recognise(rocket)
        assert answer.instance is None
        assert all(match.instance != "falcon" for match in answer.matches)
        assert live.info()["photos"] == 3

    def test_a_new_calibration_is_followed(
        self, live: Recogniser, three: Path, known_photos: Photos, tmp_path: Path
    ) -> None:
        """Photos come first, and their calibration when all are there."""
        before = live.calibration
        strangers = write(tmp_path / "strangers", some(known_photos, "moon", "gravel"))
        index(three, live.gallery.path, unknown=[strangers])
        live.recognise(known_photos["moon"])
        assert (before.counts["unknown"], live.calibration.counts["unknown"]) == (0, 2)
        with Recogniser.open(live.gallery.path) as anew:
            np.testing.assert_array_equal(live.calibration.weights, anew.calibration.weights)

    def test_a_gallery_made_anew_is_followed(self, live: Recogniser, known_photos: Photos, tmp_path: Path) -> None:
        other = write(tmp_path / "other", some(known_photos, "rocket", "text"))
        index(other, live.gallery.path, rebuild=True, forget=True)
        assert live.recognise(known_photos["coffee"]).instance is None
        assert live.recognise(known_photos["rocket"]).instance == "rocket"

    def test_a_gallery_made_anew_by_another_encoder_is_refused(
        self, live: Recogniser, three: Path, known_photos: Photos
    ) -> None:
        index(three, live.gallery.path, encoders=["vlad"], rebuild=True, forget=True)
        for _ in range(2):
            with pytest.raises(EncoderMismatch, match="was made by another encoder: found vlad"):
                live.recognise(known_photos["coffee"])

    def test_threads_share_it_while_others_write(self, live: Recogniser, known_photos: Photos, tmp_path: Path) -> None:
        """Every answer is of one moment: the photos of the gallery then, with nobody half enrolled or twice."""
        queries = {name: live.extract(known_photos[name]) for name in ("chelsea", "coffee", "page", "rocket", "text")}
        stop = threading.Event()

        def write_on() -> None:
            try:
                for round in range(2):
                    turned = {name: np.rot90(known_photos[name], round).copy() for name in ("rocket", "text")}
                    add(live, turned, tmp_path / f"round-{round}")
                    with open_gallery(live.gallery.path, write=True) as writer:
                        writer.remove(instances=["rocket", "text"])
            finally:
                stop.set()  # or who asks would go on for ever

        def ask_on(name: str) -> set[str | None]:
            found = set()
            while True:
                ended = stop.is_set()  # one question at least, however late this thread begins
                answer = live.answer(name, queries[name], keep_evidence=False)
                names = [match.instance for match in answer.matches]
                assert len(names) == len(set(names))
                found.add(answer.instance)
                if ended:
                    return found
                stop.wait(0.15)  # so that who writes gets on

        with ThreadPoolExecutor(6) as threads:
            writing = threads.submit(write_on)
            asking = {name: threads.submit(ask_on, name) for name in queries}
            writing.result()
            found = {name: one.result() for name, one in asking.items()}
        assert found["chelsea"] == {"chelsea"}
        assert found["coffee"] == {"coffee"}
        assert found["rocket"] <= {"rocket", None}
        with Recogniser.open(live.gallery.path) as anew:
            for seen in queries.values():
                assert told(live.answer("", seen)) == told(anew.answer("", seen))


@pytest.fixture
def killed(path: Path, tmp_path: Path) -> Path:
    """The gallery as a first run leaves it that is killed after its last photo, before anything is fitted."""
    return changed(path, tmp_path, "DELETE FROM whitening", "DELETE FROM calibration")


def changed(path: Path, folder: Path, *statements: str) -> Path:
    """A copy of a gallery to which something was done behind resight's back."""
    copy = Path(shutil.copy(path, folder / "changed.gallery"))
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return copy


@pytest.mark.usefixtures("quickly")
class TestUnfinished:
    """A gallery whose run was killed, or still goes on, knows its photos as well as a whole one."""

    def test_photos_are_told_apart_as_in_a_whole_one(
        self, killed: Path, known: Recogniser, known_photos: Photos
    ) -> None:
        with resight.open(killed) as unfinished:
            for name in ("coins", "text"):
                seen = known.extract(seen_again(known_photos[name], 5))
                found, wanted = unfinished.candidates(seen), known.candidates(seen)
                assert found.ids == wanted.ids
                np.testing.assert_allclose(found.evidence, wanted.evidence, atol=1e-5)
                assert unfinished.answer("", seen, keep_evidence=False).matches[0].instance == name

    def test_a_calibration_keeps_the_whitening_it_was_fitted_with(
        self, path: Path, known: Recogniser, coffee: npt.NDArray[np.uint8], tmp_path: Path
    ) -> None:
        """A run that was killed between the two leaves a newer one, which is of no use to the old weights."""
        copy = Path(shutil.copy(path, tmp_path / "newer.gallery"))
        house = next(encoder for encoder in known.encoders if encoder.name == "house")
        with open_gallery(copy, write=True) as gallery:
            before = gallery.whitening(house.fingerprint)
            assert before is not None
            gallery.rename("coffee", "espresso")
            halved = replace(before.whitening, mean=before.whitening.mean / 2)
            gallery.save_whitening(house.fingerprint, halved, n=99)
        for compacted in (False, True):
            with open_gallery(copy, write=True) as gallery:
                if compacted:
                    gallery.compact()
            with resight.open(copy) as unfinished:
                seen = unfinished.extract(coffee)
                np.testing.assert_array_equal(unfinished.candidates(seen).evidence, known.candidates(seen).evidence)
        with open_gallery(copy) as gallery:
            fitting = GalleryIndex(gallery, known.encoders, newest=True)
            assert fitting.whitenings == {house.fingerprint: before.version + 1}

    def test_it_is_said(self, path: Path, killed: Path, known: Recogniser, tmp_path: Path) -> None:
        assert known.unfinished is known.info()["unfinished"] is None
        with resight.open(killed) as unfinished:
            assert "its first run was interrupted or still goes on" in str(unfinished.unfinished)
            assert unfinished.info()["unfinished"] == unfinished.unfinished
        with open_gallery(shutil.copy(path, tmp_path / "fewer.gallery"), write=True) as gallery:
            gallery.remove(instances=["coffee"])
            with resight.open(gallery.path) as unfinished:
                assert "probabilities are those of 6 photos" in str(unfinished.unfinished)
            gallery.remove(instances=list(gallery.instances()))
            with resight.open(gallery.path) as unfinished:
                assert unfinished.unfinished == "holds no photos: `resight index` adds them"


@pytest.mark.usefixtures("quickly")
class TestOpening:
    """Which galleries are answered from, and what is said of the others."""

    def test_info_says_what_it_is(self, known: Recogniser, path: Path) -> None:
        info = known.info()
        assert list(info) == [
            "gallery",
            "photos",
            "instances",
            "encoders",
            "bytes_per_photo",
            "look_alikes",
            "search",
            "calibration",
            "verifier",
            "unfinished",
        ]
        assert (info["gallery"], info["photos"], info["instances"], info["encoders"]) == (
            str(path.resolve()), 6, 6, ["classical", "house"]
        )  # fmt: skip
        assert info["calibration"]["photos"] == 6

    def test_a_missing_gallery_is_told_with_the_command_that_makes_it(self, tmp_path: Path) -> None:
        with pytest.raises(GalleryError, match=r"there is no gallery at .*`resight index FOLDER -g"):
            resight.open(tmp_path / "known.gallery")

    @pytest.mark.parametrize(
        ("source", "error", "words"),
        [
            ("classical", EncoderMismatch, r"was made by another encoder: .*--rebuild"),
            ("models/gone", ModelError, "there is no encoder 'models/gone'"),
            (None, ModelError, "there is no encoder 'sift'"),
        ],
    )
    def test_a_gallery_of_another_encoder_is_refused(
        self, tmp_path: Path, source: str | None, error: type[Exception], words: str
    ) -> None:
        """One whose words have changed, one whose model is gone, and one that says nothing of where it came from."""
        card = EncoderCard("votes-of-yesterday", "sift", "local", {"source": source} if source else {})
        create_gallery(tmp_path / "old.gallery", [card]).close()
        with pytest.raises(error, match=words):
            resight.open(tmp_path / "old.gallery")

    def test_a_gallery_that_was_never_calibrated_answers_but_promises_no_rate(
        self, known_photos: Photos, tmp_path: Path
    ) -> None:
        made = encoders(["classical"])
        create_gallery(tmp_path / "new.gallery", [made[0].card()]).close()
        with resight.open(tmp_path / "new.gallery") as empty:
            answer = empty.recognise(known_photos["coffee"])
            assert (answer.instance, answer.matches) == (None, ())
            with pytest.raises(GalleryError, match="index two things or more"):
                empty.recognise(known_photos["coffee"], false_accept_rate=0.01)
        with open_gallery(tmp_path / "new.gallery", write=True) as gallery:
            list(calibrate(gallery, made))
        with resight.open(tmp_path / "new.gallery") as empty:
            assert empty.recognise(known_photos["coffee"]).instance is None

    def test_a_calibration_of_other_evidence_is_not_used(self, path: Path, tmp_path: Path) -> None:
        """Such as that of a version that measured something else."""
        copy = Path(shutil.copy(path, tmp_path / "copy.gallery"))
        with open_gallery(copy, write=True) as gallery:
            stored = gallery.calibration()
            assert stored is not None
            columns = [*(f"old {name}" for name in stored.parameters["columns"][:-1]), "constant"]
            gallery.save_calibration({**stored.parameters, "columns": columns}, stored.arrays)
        with resight.open(copy) as recogniser:
            assert recogniser.calibration.photos == 0

    def test_it_lets_go_of_the_file(self, path: Path, coffee: npt.NDArray[np.uint8]) -> None:
        with resight.open(path) as recogniser:
            pass
        with pytest.raises(GalleryError, match="was closed"):
            recogniser.recognise(coffee)
