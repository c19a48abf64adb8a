"""Sets of sisters: some are known, all are asked the same ways, and a set that was cut off is drawn anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from data import sister_sets as sets
from data.sister_sets import FILE, SMALLEST, TRUTH, VIEWS, WAYS, SisterSet, sister_sets
from PIL import Image

from resight.io import images


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    def toys(rng: np.random.Generator, count: int) -> dict[str, Image.Image]:
        return {f"toy {n}": Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)) for n in range(count)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "DESIGNS", {"toys": toys, "games": toys})
        for name in ("MILD", "HARD"):
            patch.setattr(sets, name, replace(getattr(sets, name), frame=(120, 121)))
        yield


@pytest.fixture(scope="module")
def drawn(small: None, tmp_path_factory: pytest.TempPathFactory) -> list[SisterSet]:
    return list(sister_sets(tmp_path_factory.mktemp("sisters"), range(4)))


def test_designs_take_turns_and_a_part_of_the_sisters_is_known(drawn: list[SisterSet]) -> None:
    assert [one.design for one in drawn] == ["toys", "games", "toys", "games"]
    for one in drawn:
        sisters = {question.sister: question.known for question in one.questions}
        known = [name for name, is_known in sisters.items() if is_known]
        assert len(sisters) >= SMALLEST
        assert 1 <= len(sisters) - len(known) <= len(known)
        assert sorted(path.name for path in one.known.iterdir()) == sorted(known)


def test_every_sister_is_asked_every_way(drawn: list[SisterSet]) -> None:
    for one in drawn:
        ways = Counter((question.sister, question.way) for question in one.questions)
        sisters = {question.sister for question in one.questions}
        assert ways == {(name, way): VIEWS if "view" in way else 1 for name in sisters for way in WAYS}
        assert all(images.read(one.folder / question.photo) for question in one.questions)


def test_the_file_that_is_asked_is_the_known_one(drawn: list[SisterSet]) -> None:
    kinds = set()
    for one in drawn:
        for question in one.questions:
            if question.known and question.way == FILE:
                (known,) = (one.known / question.sister).iterdir()
                assert known.read_bytes() == (one.folder / question.photo).read_bytes()
                kinds.add(known.suffix)
    assert kinds == {".png", ".jpg"}  # prints, and photos as shops show them


def test_a_whole_set_is_kept_and_a_torn_one_is_drawn_anew(drawn: list[SisterSet]) -> None:
    photo = drawn[0].folder / drawn[0].questions[-1].photo
    was = photo.read_bytes()
    photo.write_bytes(b"kept")
    assert list(sister_sets(photo.parents[2], range(1))) == drawn[:1]
    assert photo.read_bytes() == b"kept"
    (drawn[0].folder / TRUTH).unlink()
    assert list(sister_sets(photo.parents[2], range(1))) == drawn[:1]
    assert photo.read_bytes() == was
