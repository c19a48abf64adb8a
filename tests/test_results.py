"""The public JSON of an answer: the same keys, kinds and order from the library, the command line and the service."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import resight
from resight.drawing.match_picture import MatchEvidence
from resight.indexing.index import index
from resight.results import Detection, Detections, Explanation, Faithfulness, Match, Recognition, percent
from resight.types import SpatialVerification
from tests.galleries import Photos, quick, seen_again, some, write

ANSWER: dict[str, Any] = {
    "photo": "str",
    "sentence": "str",
    "instance": "str",
    "either": [],
    "probability": "float",
    "unknown_probability": "float",
    "runner_up": "str",
    "margin": "float",
    "mirrored": "bool",
    "hint": "NoneType",
    "matches": [
        {
            "photo": "str",
            "id": "int",
            "instance": "str",
            "score": "float",
            "probability": "float",
            "inliers": "int",
            "transform": [["float"]],
            "mirrored": "bool",
        }
    ],
}
"""The golden schema: changing it breaks who reads our JSON, and is a reviewed act."""

FINDINGS: dict[str, Any] = {
    "photo": "str",
    "sentence": "str",
    "size": ["int"],
    "found": [{**ANSWER["matches"][0], "either": [], "outline": [["float"]], "way": "str"}],
    "hint": "NoneType",
}
"""The same of what is where."""

GOLDEN = """
{"photo": "query.jpg", "sentence": "Mona Lisa: 75.0 % sure", "instance": "Mona Lisa", "either": [],
 "probability": 0.75, "unknown_probability": 0.0625,
 "runner_up": "La Gioconda", "margin": 0.5, "mirrored": false, "hint": null, "matches": [
  {"photo": "a.jpg", "id": 7, "instance": "Mona Lisa", "score": 1.5, "probability": 0.75, "inliers": 2,
   "transform": [[1.0, 0.0, 3.0], [0.0, 1.0, -4.5], [0.0, 0.0, 1.0]], "mirrored": false},
  {"photo": "b.jpg", "id": null, "instance": "La Gioconda", "score": -2.25, "probability": 0.125, "inliers": 0,
   "transform": null, "mirrored": false}]}
"""


def schema(value: Any) -> Any:
    """A JSON value with kinds in the place of content; of a list its first."""
    if isinstance(value, dict):
        return {key: schema(one) for key, one in value.items()}
    if isinstance(value, list):
        return [schema(one) for one in value[:1]]
    return type(value).__name__


@pytest.fixture(scope="module")
def answers(known_photos: Photos, tmp_path_factory: pytest.TempPathFactory) -> list[Recognition]:
    """Of a photo that is known, of one that is not, and of nothing."""
    folder = tmp_path_factory.mktemp("schema")
    with quick():
        index(
            write(folder / "photos", some(known_photos, "coffee", "page")),
            folder / "known.gallery",
            encoders=["classical"],
        )
        with resight.open(folder / "known.gallery") as recogniser:
            asked = (seen_again(known_photos["coffee"], 0), known_photos["moon"], np.zeros((90, 120, 3), np.uint8))
            return [recogniser.recognise(photo) for photo in asked]


def test_the_golden_answer() -> None:
    transform = np.array([[1, 0, 3], [0, 1, -4.5], [0, 0, 1]])
    check = SpatialVerification(9.0, np.array([[0, 1], [2, 3]]), transform, np.array([4.0, 5.0], np.float32))
    first = Match("a.jpg", "Mona Lisa", np.float64(1.5), np.float32(0.75), check, id=7)
    other = Match("b.jpg", "La Gioconda", -2.25, 0.125)
    answer = Recognition(
        "query.jpg", "Mona Lisa", np.float32(0.75), "La Gioconda", np.float64(0.5), (first, other), np.float32(0.0625)
    )
    assert json.dumps(answer.to_dict()) == json.dumps(json.loads(GOLDEN))


def test_answers_are_short_at_a_prompt() -> None:
    match = Match("a.jpg", "Mona Lisa", 1.5, 0.75)
    answer = Recognition("query.jpg", "Mona Lisa", 0.75, None, 0.5, (match,), 0.0625)
    assert repr(answer) == "<Recognition of 'query.jpg': instance='Mona Lisa', probability=0.750>"
    assert repr(replace(answer, photo="", instance=None)) == "<Recognition: instance=None, probability=0.750>"
    either = replace(answer, photo="", instance=None, either=("Mona Lisa", "La Gioconda"))
    assert repr(either) == "<Recognition: either=('Mona Lisa', 'La Gioconda'), probability=0.750>"
    found = Detections("wall.jpg", (640, 480), (Detection(match, np.zeros((4, 2)), "heat"),) * 2)
    assert repr(found) == "<Detections of 'wall.jpg': found=2: 'Mona Lisa' 0.750, 'Mona Lisa' 0.750>"
    many = repr(replace(found, found=found.found * 9))
    assert many == "<Detections of 'wall.jpg': found=18: " + "'Mona Lisa' 0.750, " * 3 + "…>"
    assert repr(replace(found, photo="", found=())) == "<Detections: found=0>"
    why = Explanation(None, None, "Little agrees.", None, caption="Mona Lisa: 75.0 % sure")  # type: ignore[arg-type]
    assert repr(why) == "<Explanation: 'Mona Lisa: 75.0 % sure'>"


def test_a_real_answer_has_the_golden_schema(answers: list[Recognition]) -> None:
    known, _, _ = answers
    found = schema(json.loads(json.dumps(known.to_dict())))
    assert found == ANSWER
    assert list(found) == list(ANSWER)
    assert [list(match) for match in known.to_dict()["matches"]] == [list(ANSWER["matches"][0])] * len(known.matches)


def test_what_is_where_has_its_golden_schema(known_photos: Photos, tmp_path: Path) -> None:
    with quick():
        index(write(tmp_path / "photos", some(known_photos, "coffee", "page")), tmp_path / "known.gallery")
        with resight.open(tmp_path / "known.gallery") as recogniser:
            found = recogniser.find(
                seen_again(known_photos["coffee"], 0), method="geometry", keep_evidence=False
            ).to_dict()
    assert schema(json.loads(json.dumps(found))) == FINDINGS
    assert list(found) == list(FINDINGS)
    assert list(found["found"][0]) == list(FINDINGS["found"][0])


def test_none_of_these_differs_only_in_what_may_be_null(answers: list[Recognition]) -> None:
    _, unknown, nothing = (schema(answer.to_dict()) for answer in answers)
    assert unknown["instance"] == nothing["instance"] == nothing["runner_up"] == "NoneType"
    assert nothing["matches"] == []
    for answer in (unknown, nothing):
        assert list(answer) == list(ANSWER)
        assert (answer["probability"], answer["margin"]) == ("float", "float")


def test_what_can_be_drawn_is_no_part_of_it(answers: list[Recognition]) -> None:
    known = answers[0]
    assert known.picture is not None
    assert {"picture", "explainer"}.isdisjoint(known.to_dict())
    assert "picture" not in repr(known)
    assert "array" not in repr(known)


def test_the_chances_of_all_candidates_and_none_make_one(answers: list[Recognition]) -> None:
    for answer in answers:
        probabilities = [match.probability for match in answer.matches]
        assert sum(probabilities) + answer.unknown_probability == pytest.approx(1)
        assert probabilities[:1] == [answer.probability][: len(probabilities)]
        assert probabilities == sorted(probabilities, reverse=True)


def test_an_answer_without_a_picture_says_so(tmp_path: Path) -> None:
    answer = Recognition("", None, 0.0, None, 0.0, (), 1.0)
    assert answer._repr_png_() is None
    with pytest.raises(ValueError, match="holds no evidence"):
        answer.save(tmp_path / "why.png")


def test_a_picture_is_saved_whole_or_not_at_all(answers: list[Recognition], tmp_path: Path) -> None:
    known = answers[0]
    known.save(tmp_path / "why.png")
    drawn = (tmp_path / "why.png").read_bytes()
    assert drawn == known._repr_png_()
    with pytest.raises(ValueError, match=r"cannot be written as '\.gif'"):
        known.save(tmp_path / "why.gif")
    with pytest.raises(FileNotFoundError):
        known.save(tmp_path / "nowhere" / "why.png")
    assert [path.name for path in tmp_path.iterdir()] == ["why.png"]


@pytest.mark.parametrize(
    ("deletion", "insertion", "holds"), [(0.3, 0.7, True), (0.7, 0.3, False), (0.3, 0.5, False), (0.5, 0.7, False)]
)
def test_a_map_holds_where_its_bright_places_count_more_than_any(
    deletion: float, insertion: float, holds: bool
) -> None:
    found = Faithfulness(deletion, insertion, random=0.5)
    assert found.holds is holds
    assert found.sentence.startswith("test passed: " if holds else "test failed: ")
    assert found.to_dict()["told"] == found.sentence


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0, "0.0 %"),
        (1, "100.0 %"),
        (0.5, "50.0 %"),
        (0.9994, "99.9 %"),
        (0.9996, "over 99.9 %"),
        (0.0004, "under 0.1 %"),
        (0.001, "0.1 %"),
    ],
)
def test_what_only_rounds_to_certainty_does_not_claim_it(share: float, shown: str) -> None:
    assert percent(share) == shown


def test_a_share_may_be_told_to_more_places() -> None:
    assert [percent(share, places=2) for share in (0.98765, 0.99996, 0.00004)] == [
        "98.77 %",
        "over 99.99 %",
        "under 0.01 %",
    ]


TEA, COFFEE = (Match(f"{name}.jpg", name, 1.0, 0.5) for name in ("tea", "coffee"))


def _answer(instance: str | None, probability: float, *matches: Match) -> Recognition:
    runner_up = matches[1].instance if len(matches) > 1 else None
    return Recognition("", instance, probability, runner_up, probability / 2, matches, 1 - probability)


@pytest.mark.parametrize(
    ("answer", "sentence", "detail"),
    [
        (_answer("tea", 0.987, TEA, COFFEE), "tea: 98.7 % sure", "runner-up coffee, margin 49.4 %"),
        (_answer("tea", 0.99996, TEA), "tea: over 99.9 % sure", ""),
        (_answer("tea", 0.8, replace(TEA, mirrored=True)), "tea in the mirror: 80.0 % sure", ""),
        (_answer(None, 0.5, TEA, COFFEE), "Not sure; perhaps tea: 50.0 %", "runner-up coffee, margin 25.0 %"),
        (
            _answer(None, 0.2, replace(TEA, mirrored=True)),
            "None of these: 80.0 %; nearest is tea in the mirror: 20.0 %",
            "",
        ),
        (
            replace(_answer(None, 0.2, TEA), unknown_probability=0.003),
            "Not sure; perhaps tea: 20.0 %",
            "",
        ),
        (
            replace(_answer(None, 0.48, TEA, COFFEE), either=("tea", "coffee"), margin=0.04),
            "tea or coffee, which look alike: 48.0 % or 44.0 %",
            "margin 4.0 %",
        ),
        (_answer(None, 0.0), "None of these: nothing known resembles this photo", ""),
    ],
)
def test_the_answer_in_words(answer: Recognition, sentence: str, detail: str) -> None:
    assert (answer.sentence, answer.detail, answer.to_dict()["sentence"]) == (sentence, detail, sentence)


def test_picture_explanation_and_json_say_the_same_sentence(answers: list[Recognition]) -> None:
    assert [answer.sentence.split(": ")[0] for answer in answers[::2]] == ["coffee", "None of these"]
    for answer in answers:
        assert isinstance(answer.picture, MatchEvidence)
        why = answer.explain(test_faithfulness=False)
        assert {answer.picture.caption, why.caption, answer.to_dict()["sentence"]} == {answer.sentence}
        assert answer.picture.detail == answer.detail


def test_what_is_one_of_two_has_no_name() -> None:
    alone = Detection(TEA, np.zeros((4, 2)), "heat")
    either = replace(alone, other=replace(COFFEE, probability=0.3))
    assert (alone.instance, alone.either, alone.name, alone.sureness) == ("tea", (), "tea", "50.0 %")
    assert (either.instance, either.either) == (None, ("tea", "coffee"))
    assert (either.name, either.sureness, either.probability) == ("tea or coffee", "50.0 % or 30.0 %", 0.5)
    assert [either.to_dict()[key] for key in ("instance", "either")] == [None, ["tea", "coffee"]]
    assert "'tea or coffee' 0.500" in repr(Detections("", (8, 6), (either,)))


@pytest.mark.parametrize(
    ("count", "sentence"), [(0, "Nothing known was found"), (1, "1 known thing found"), (3, "3 known things found")]
)
def test_what_is_where_is_counted_in_words(count: int, sentence: str) -> None:
    found = Detections("", (8, 6), (Detection(TEA, np.zeros((4, 2)), "heat"),) * count)
    assert found.sentence == found.to_dict()["sentence"] == sentence


def test_shares_outside_the_photos_own_are_said_in_words() -> None:
    """They are where what is hidden spoke against the match, or what is left does."""
    found = Faithfulness(-0.33, 1.2, random=0.4).sentence
    assert found.endswith(
        "first leaves −33 % of the score, any 40 %, bright last 120 % (below 0 %: less than the photo has when all of "
        "it is hidden; above 100 %: more than the whole photo has)"
    )
    assert Faithfulness(-0.004, 1.004, random=0.4).sentence.endswith(
        "leaves 0 % of the score, any 40 %, bright last 100 %"
    )
