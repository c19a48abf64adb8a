"""The benchmark, by hand: what is relevant, ignored and excluded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.evaluation.duplicates import Leak
from resight.io import images
from resight.io.datasets.dataset import Entry
from resight.metrics.interval import wilson
from resight.recipes.museum.benchmark import Benchmark, BenchmarkPhotos


def entry(name: str, *labels: str, ignore: tuple[str, ...] = ()) -> Entry:
    return Entry(name, Path(name), labels, ignore=ignore)


REFERENCES = [entry("r0", "a"), entry("r1", "b"), entry("r2", "a"), entry("r3")]
QUERIES = [entry("q0", "a"), entry("q1", "b", "a"), entry("q2", "z"), entry("q3"), entry("q4", "b", ignore=("r0",))]
SCORES = np.array(
    [
        [0.9, 0.8, 0.1, 0.0],  # right first; the other one third: AP (1 + 2/3) / 2
        [0.1, 0.2, 0.3, 0.9],  # a wall first, then three right ones: AP (1/2 + 2/3 + 3/4) / 3
        [0.1, 0.2, 0.3, 0.4],  # nothing is right
        [0.4, 0.3, 0.2, 0.1],  # nothing is right
        [0.9, 0.8, 0.1, 0.0],  # the first is ignored: AP 1
    ]
)


def test_the_marks_by_hand() -> None:
    benchmark = Benchmark.of(REFERENCES, QUERIES)
    assert benchmark.answerable.tolist() == [True, True, False, False, True]
    scored = benchmark.judge(SCORES)
    assert scored.scores.right.tolist() == [True, False, False, False, True]
    assert scored.scores.hits.tolist() == [True, False, True]
    np.testing.assert_allclose(scored.precisions["standard"], [(1 + 2 / 3) / 2, (1 / 2 + 2 / 3 + 3 / 4) / 3, 1])
    np.testing.assert_allclose(scored.scores.confidences, [0.9, 0.9, 0.4, 0.4, 0.8])
    figures = scored.figures()
    assert figures["p_at_1"].value == pytest.approx(2 / 3)
    assert figures["p_at_1"].n == 3
    assert figures["map"].value == pytest.approx(scored.precisions["standard"].mean())
    assert scored.conventions.keys() == {"standard", "trapezoid", "seed"}
    assert scored.conventions["standard"] == figures["map"].value
    # Equation 2 as printed: precision at every rank, over the relevant ones; of the last query an entry is ignored.
    every = (1 + 1 / 2 + 2 / 3 + 2 / 4) / 2, (0 + 1 / 2 + 2 / 3 + 3 / 4) / 3, (1 + 1 / 2 + 1 / 3) / 1
    assert scored.conventions["seed"] == pytest.approx(sum(every) / 3)
    # By confidence: 0.9 right and wrong together, 0.8 right, then two that have no answer.
    assert figures["micro_ap"].value == pytest.approx((1 / 2 + 2 / 3) / 3)


def test_order_of_the_references_changes_nothing() -> None:
    order = [3, 1, 0, 2]
    scored = Benchmark.of(REFERENCES, QUERIES).judge(SCORES)
    moved = Benchmark.of([REFERENCES[row] for row in order], QUERIES).judge(SCORES[:, order])
    assert scored.scores.right.tolist() == moved.scores.right.tolist()
    np.testing.assert_allclose(scored.precisions["standard"], moved.precisions["standard"])


def test_a_flawless_row_has_the_lower_end_of_as_many_hits() -> None:
    """All its resamples are flawless as well; of two hits in two, Wilson's interval begins at 0.34."""
    scored = Benchmark.of(REFERENCES, QUERIES[:2]).judge(np.array([[0.9, 0.1, 0.8, 0], [0.9, 0.8, 0.7, 0]]))
    for figure in scored.figures().values():
        assert (figure.value, figure.high) == (1, 1)
        assert figure.low == wilson(2, 2).low < 0.35


def test_an_exam_without_an_answer_is_refused() -> None:
    with pytest.raises(DatasetError, match="none of 2 queries shows what one of 4 references shows"):
        Benchmark.of(REFERENCES, QUERIES[2:4])


def test_what_a_report_says_of_the_photos() -> None:
    photos = BenchmarkPhotos(tuple(REFERENCES), tuple(QUERIES), ("broken",))
    assert photos.instances.tolist() == [0, 1, 0, -1]
    assert photos.facts(Benchmark.of(REFERENCES, QUERIES), (Leak("q", "r", "content"),)) == {
        "references": 4,
        "instances": 2,
        "instances_with_one_photo": 1,
        "queries": 5,
        "excluded_queries": 2,
        "leaks": [{"query": "q", "reference": "r", "kind": "content"}],
        "unreadable": ["broken"],
    }


def test_a_query_that_is_a_reference_again_is_found(known_photos: Any, tmp_path: Path) -> None:
    photos = [images.resize(known_photos[name], (64, 64)) for name in ("astronaut", "coffee", "chelsea")]
    files = []
    for name, photo in zip(("a.png", "b.png", "a.jpg", "c.png"), [*photos[:2], photos[0], photos[2]], strict=True):
        (tmp_path / name).write_bytes(images.encode(photo, Path(name).suffix))
        files.append(Entry(name, tmp_path / name, ("thing",)))
    found = BenchmarkPhotos(tuple(files[:2]), tuple(files[2:]), ()).audit(np.stack([*photos[:2], photos[0], photos[2]]))
    assert found == (Leak("a.jpg", "a.png", "near duplicate"),)
