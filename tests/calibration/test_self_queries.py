"""Questions a gallery asks itself: which, with whom left out, what is right, and what need not be asked again."""

from __future__ import annotations

import threading
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from resight.calibration import self_queries as module
from resight.calibration.samples import QueryKind, concatenate
from resight.calibration.self_queries import SelfQuery, plan_queries, run_queries
from resight.gallery.records import Item
from resight.io.images import Photo
from resight.runtimes import processors
from resight.search.candidates import Candidates
from resight.search.describe import PhotoFeatures, featureless
from resight.search.local_index import Proposal
from resight.types import SpatialVerification
from resight.verification.comparison import LocalFeatures

HELD_OUT, VIEW, LEFT_OUT, LEFT_OUT_VIEW, *_ = QueryKind

CHECK = SpatialVerification(0.0, np.zeros((0, 2), np.int64), None, np.zeros(0, np.float32))


VOTED = SpatialVerification(20.0, np.zeros((1, 2), np.int64), None, np.array([20.0], np.float32))


def item(id: int, instance: str, **about: Any) -> Item:
    return Item(id, f"{id}.jpg", instance, b"%03d" % (id * 7919 % 1000), 1, 1, 1, about)


class Known:
    """Photos of instances, 1 first; stands in for GalleryIndex. Each looks like its id."""

    def __init__(self, *instances: str, **about: Any) -> None:
        self.items = {id: item(id, instance, **about) for id, instance in enumerate(instances, 1)}
        self.descriptors = {"gem": None}
        self.backgrounds: dict[str, Any] = {}
        self.look_alikes: dict[int, Sequence[int]] = {}

    def __len__(self) -> int:
        return len(self.items)

    def local(self, id: int) -> LocalFeatures:
        return LocalFeatures(featureless((8, 8)), np.full((8, 8, 3), id, np.uint8))

    def propose(self, query: LocalFeatures, k: int, *, exclude: Collection[int] = ()) -> list[Proposal]:
        found = self.look_alikes.get(int(query.image.max()), ())
        return [Proposal(id, VOTED) for id in found if id not in exclude]

    def features(self, id: int) -> PhotoFeatures:
        return PhotoFeatures(self.local(id), {"gem": np.array([id])})


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> list[tuple[PhotoFeatures, set[int]]]:
    """What is asked, (picture, photos left out), in any order; all others are candidates, in their order."""
    asked: list[tuple[PhotoFeatures, set[int]]] = []

    def candidates(
        known: Any, seen: PhotoFeatures, *, exclude: Collection[int] = (), twin: int | None = None
    ) -> Candidates:
        asked.append((seen, set(exclude)))
        first: dict[str, int] = {}
        for id, one in known.items.items():
            if id not in exclude:
                first.setdefault(one.instance, id)
        ids = tuple(first.values())
        return Candidates(ids, np.array(ids, float).reshape(-1, 1) * [1, 10], (CHECK,) * len(ids), (CHECK,) * len(ids))

    monkeypatch.setattr(module, "candidates", candidates)
    monkeypatch.setattr(
        module, "extract", lambda photo, encoders: PhotoFeatures(LocalFeatures(featureless((8, 8)), photo.image), {})
    )
    monkeypatch.setattr(module, "view", lambda photo, behind, rng: np.stack([photo, *behind]).max(axis=0))
    return asked


def kinds(questions: Sequence[SelfQuery], id: int) -> list[tuple[int, int]]:
    return [(question.kind, question.number) for question in questions if question.id == id]


def test_due_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW", 6)
    questions = plan_queries(Known("a", "a", "b"))
    assert kinds(questions, 1) == kinds(questions, 2) == [(HELD_OUT, 0), (LEFT_OUT, 0)]
    assert kinds(questions, 3) == [
        (LEFT_OUT, 0),
        (VIEW, 0),
        (LEFT_OUT_VIEW, 0),
        (VIEW, 1),
        (LEFT_OUT_VIEW, 1),
    ]
    assert [question.id for question in questions] == sorted(question.id for question in questions)
    assert len({question.key for question in questions}) == len(questions) == 9


@pytest.mark.parametrize(("photos", "views"), [(1, 4), (15, 4), (20, 3), (59, 2), (60, 1), (200, 1)])
def test_small_galleries_are_asked_more_views(photos: int, views: int) -> None:
    questions = plan_queries(Known(*map(str, range(photos))))
    counts = [sum(kind == VIEW for kind, _ in kinds(questions, id)) for id in range(1, photos + 1)]
    assert sorted(counts) == [0] * max(photos - module.MOST_VIEWS, 0) + [views] * min(photos, module.MOST_VIEWS)


def test_an_empty_gallery_has_no_questions() -> None:
    assert plan_queries(Known()) == []
    assert list(run_queries(Known(), [], [])) == []


def test_a_grown_gallery_keeps_most_of_its_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_IMPOSTORS", 50)
    before = {question.key for question in plan_queries(Known(*map(str, range(100))))}
    after = {question.key for question in plan_queries(Known(*map(str, range(110))))}
    assert {id for id, _, _ in after} - set(range(1, 101))
    assert len(before & after) > 0.7 * len(before)


def test_a_question_is_another_when_its_instance_is() -> None:
    def keys(*instances: str) -> set[Any]:
        return {question.key for question in plan_queries(Known(*instances)) if question.id == 1}

    assert keys("a", "b", "c") == keys("a", "b", "d")
    assert keys("a", "b", "c").isdisjoint(keys("e", "b", "c"))
    assert keys("a", "a", "b").isdisjoint(keys("a", "a", "a"))  # b was taken in: it is left out with them now
    assert keys("a", "a", "b") == keys("a", "a", "b")


def test_who_is_left_out_and_what_is_right(asking: list[Any]) -> None:
    """By hand: a has photos 1 and 2, b has 3, c has 4 and 5."""
    known = Known("a", "a", "b", "c", "c")
    asked = concatenate(list(run_queries(known, [], plan_queries(known))), 2)
    found = {
        (id, QueryKind(kind).words): (ids[present].astype(int).tolist(), answer)
        for id, kind, ids, present, answer in zip(
            asked.ids, asked.kinds, asked.evidence[..., 0], asked.present, asked.answers, strict=True
        )
    }
    assert found[1, "held out"] == ([2, 3, 4], 0)
    assert found[1, "left out"] == ([3, 4], -1)
    assert found[5, "held out"] == ([1, 3, 4], 2)
    assert found[5, "left out"] == ([1, 3], -1)
    behind, answer = found[3, "left-out view"]
    assert (3 not in behind, answer) == (True, -1)
    assert found[3, "view"][0][found[3, "view"][1]] == 3
    assert asked.known.tolist() == [kind in (HELD_OUT, VIEW) for kind in asked.kinds]


def test_a_photo_is_asked_as_it_is_known_and_a_view_is_extracted_once(
    asking: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    extracted: list[Photo] = []
    extract = module.extract
    monkeypatch.setattr(module, "extract", lambda photo, encoders: extracted.append(photo) or extract(photo, encoders))
    monkeypatch.setattr(module, "FEW", 6)
    known = Known("a", "a", "b")
    asked = list(run_queries(known, [], plan_queries(known)))
    assert [(one.ids[0], one.kinds[0]) for one in asked] == [(one.id, one.kind) for one in plan_queries(known)]
    assert len(extracted) == 2
    assert len(asking) == 9
    photos = [seen for seen, _ in asking if "gem" in seen.descriptors]
    assert sorted(int(seen.descriptors["gem"][0]) for seen in photos) == [1, 1, 2, 2, 3]
    assert all(int(seen.local.image.max()) == int(seen.descriptors["gem"][0]) for seen in photos)


def test_what_stands_behind_a_view_is_no_candidate(asking: list[Any]) -> None:
    """Other photos are drawn into the view, and all of their instance's photos are left out then."""
    known = Known(*(name for name in "abcdefghijklm" for _ in range(1 + (name == "m"))))
    list(run_queries(known, [], [one for one in plan_queries(known) if one.kind in (VIEW, LEFT_OUT_VIEW)]))
    assert len(asking) == 2 * 12 * 4
    drawn = 0
    for seen, exclude in asking:
        brightest = int(seen.local.image.max())  # of the photo itself and of those behind it, as each looks like its id
        drawn += brightest in exclude
        assert (13 in exclude) == (14 in exclude)
    assert drawn > len(asking) / 2


def test_rivals_are_never_hidden(asking: list[Any]) -> None:
    """What looks like a photo stands behind no view of it, and three quarters of the other things do not either."""
    known = Known(*"abcdefghi")
    known.look_alikes = {1: [1, 2, 3, 4, 5, 6]}
    list(run_queries(known, [], [SelfQuery(1, VIEW, number, number) for number in range(40)]))
    hidden = {id for _, exclude in asking for id in exclude}
    assert hidden == {7, 8, 9}
    assert max(len(exclude) for _, exclude in asking) == 2


@pytest.mark.parametrize("count", [2, 3, 4])
def test_few_things_are_all_candidates(asking: list[Any], count: int) -> None:
    """A question of which nothing is left to be taken for would teach nothing."""
    known = Known(*"abcd"[:count])
    list(run_queries(known, [], [one for one in plan_queries(known) if one.kind == LEFT_OUT_VIEW]))
    assert {len(exclude) for _, exclude in asking} == {1}


def test_junk_of_a_photo_is_no_candidate(asking: list[Any]) -> None:
    known = Known("a", "b", "c", ignore=["2.jpg", "elsewhere.jpg"])
    for question in plan_queries(known):
        if question.kind == LEFT_OUT:
            asking.clear()
            list(run_queries(known, [], [question]))
            assert asking[0][1] == {question.id, 2}


def test_the_order_of_enrolment_decides_nothing(asking: list[Any]) -> None:
    known, turned = Known("a", "b", "c", "d", "e"), Known("a", "b", "c", "d", "e")
    turned.items = dict(reversed(turned.items.items()))
    images = []
    for one in (known, turned):
        asking.clear()
        list(run_queries(one, [], plan_queries(one)))
        images.append(sorted(seen.local.image.max().item() for seen, _ in asking))
    assert images[0] == images[1]
    assert plan_queries(known) == plan_queries(turned)


def test_a_run_that_is_abandoned_asks_little_more(asking: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known(*map(str, range(100)))
    queries, propose, abandoned = plan_queries(known), module.candidates, threading.Event()
    assert queries[0].picture == (1, False, 0)

    def propose_late(index: Any, features: PhotoFeatures, **options: Any) -> Candidates:
        if features.local.image.max() > 1:  # each photo looks like its id
            abandoned.wait(60)
        return propose(index, features, **options)

    class Workers(ThreadPoolExecutor):
        def __exit__(self, *error: Any) -> bool | None:
            abandoned.set()
            return super().__exit__(*error)

    monkeypatch.setattr(module, "candidates", propose_late)
    monkeypatch.setattr(module, "ThreadPoolExecutor", Workers)
    steps = run_queries(known, [], queries)
    next(steps)
    steps.close()
    of_one_picture = max(Counter(query.picture for query in queries).values())
    assert len(asking) <= (1 + processors.available()) * of_one_picture < len(queries)


def test_pictures_of_another_name_are_no_candidates(asking: list[Any]) -> None:
    """Nor are other photos of that name, for both are one thing."""
    known, links = Known("a", "b", "c", "b"), {"a": {"b"}, "b": {"a"}}
    for id, hidden in ((1, {2, 4}), (2, {1, 4}), (3, set()), (4, {1, 2})):
        asking.clear()
        list(run_queries(known, [], [SelfQuery(id, LEFT_OUT, 0)], links))
        assert asking[0][1] == {id, *hidden}


def test_what_stands_behind_a_view_is_hidden_under_all_its_names(asking: list[Any]) -> None:
    known, links = Known(*"abcde"), {"a": {"b"}, "b": {"a"}}
    list(run_queries(known, [], [SelfQuery(3, VIEW, number, number) for number in range(20)], links))
    hidden = [exclude for _, exclude in asking if exclude & {1, 2}]
    assert hidden
    assert all(exclude >= {1, 2} for exclude in hidden)


def test_a_question_is_another_when_its_picture_gets_another_name() -> None:
    def keys(links: Any) -> set[Any]:
        asked = plan_queries(Known("a", "b", "c"), links)
        return {question.key for question in asked if question.id == 1 and question.kind == LEFT_OUT}

    assert keys(None) == keys({}) == keys({"b": {"c"}})
    assert keys({"a": {"b"}}).isdisjoint(keys({}))
    assert keys({"a": {"c", "b"}}) == keys({"a": {"b", "c"}})


def test_strangers_are_asked_whatever_is_known(asking: list[Any]) -> None:
    """Also of a gallery of one thing, of which nothing can be left out; a grown gallery asks them again."""
    for instances in (("a",), ("a", "b", "c")):
        known = Known(*instances)
        known.backgrounds = {"gem": np.eye(3, 1, dtype=np.float16)}
        strangers = [query for query in plan_queries(known) if query.kind is QueryKind.STRANGER]
        asking.clear()
        answers = list(run_queries(known, [], strangers))
        assert [
            seen.descriptors["gem"].tolist() for seen, _ in sorted(asking, key=lambda each: -each[0].descriptors["gem"])
        ] == [[1], [0], [0]]
        assert [exclude for _, exclude in asking] == [set()] * 3
        assert [(one.ids[0], one.answers[0]) for one in answers] == [(-1, -1)] * 3
        assert [key for one in answers for key in one.asked()] == [query.key for query in strangers]
    assert {query.key for query in strangers}.isdisjoint({(-1, 6, zlib.crc32(f"{k} of 1".encode())) for k in range(3)})
