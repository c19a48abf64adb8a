"""The inverted file against a loop over all codes, exactly and by cells, and what adding and removing leave behind."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import ShapeError
from resight.features.coarse_quantiser import CoarseQuantiser
from resight.search.inverted_file import InvertedFile

Array = npt.NDArray[Any]
Code = tuple[int, ...]


@pytest.fixture
def centres(rng: np.random.Generator) -> Any:
    """Forty places of eight channels, far apart."""
    return rng.integers(0, 256, (40, 8), dtype=np.uint8)


@pytest.fixture
def cells(centres: Any) -> CoarseQuantiser:
    return CoarseQuantiser(centres)


def _codes(rng: np.random.Generator, count: int, centres: Array) -> Array:
    """Codes close about the centres."""
    middle = centres[rng.integers(len(centres), size=count)].astype(int)
    return np.clip(middle + rng.integers(-6, 7, (count, centres.shape[1])), 0, 255).astype(np.uint8)


def _square(a: Any, b: Any) -> int:
    return sum((int(x) - int(y)) ** 2 for x, y in zip(a, b, strict=True))


def _slow(queries: Array, known: dict[int, Code], k: int) -> list[list[float]]:
    """The k smallest squared distances of each query."""
    found = [sorted(_square(query, code) for code in known.values())[:k] for query in queries.tolist()]
    return [row + [math.inf] * (k - len(row)) for row in found]


def _assert_nearest(file: InvertedFile, queries: Array, known: dict[int, Code], k: int, **options: Any) -> None:
    """Distances are those of the loop, and every row is the one of its distance."""
    distances, rows = file.search(queries, k, **options)
    np.testing.assert_array_equal(distances, _slow(queries, known, k))
    assert distances.dtype == np.float32
    for query, found, nearest in zip(queries, rows.tolist(), distances.tolist(), strict=True):
        kept = [row for row in found if row >= 0]
        assert len(set(kept)) == len(kept) == min(k, len(known))
        assert [_square(query, known[row]) for row in kept] == nearest[: len(kept)]


def _added(file: InvertedFile, cells: CoarseQuantiser, codes: Array) -> dict[int, Code]:
    rows = file.add(codes, cells.assign(codes))
    assert len(rows) == len(codes)
    return dict(zip(rows, map(tuple, codes.tolist()), strict=True))


@pytest.mark.parametrize("k", [1, 5, 300])
def test_a_small_file_is_the_loop(k: int, cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    file = InvertedFile(cells)
    known = _added(file, cells, rng.integers(0, 256, (200, 8), dtype=np.uint8))
    assert len(file) == 200
    _assert_nearest(file, rng.integers(0, 256, (30, 8), dtype=np.uint8), known, k)


def test_distances_of_long_codes_are_exact(rng: np.random.Generator) -> None:
    """64 · 255², the largest there is, in either search."""
    far = CoarseQuantiser(np.array([[0] * 64, [255] * 64], np.uint8))
    for exact in (0, 100):
        file = InvertedFile(far, exact=exact)
        known = _added(file, far, np.array([[255] * 64, [255] * 63 + [254], [0] * 63 + [1]], np.uint8))
        _assert_nearest(file, np.zeros((40, 64), np.uint8), known, 3)


def test_cells_answer_as_the_exact_search_does(cells: CoarseQuantiser, centres: Any, rng: np.random.Generator) -> None:
    """Codes close about their centres: the nearest ones lie in the nearest cells."""
    codes, queries = _codes(rng, 2000, centres), _codes(rng, 50, centres)
    exact, coarse = InvertedFile(cells), InvertedFile(cells, scan=400, exact=0)
    known = _added(exact, cells, codes)
    assert _added(coarse, cells, codes) == known
    _assert_nearest(exact, queries, known, 10)
    _assert_nearest(coarse, queries, known, 10)


def test_cells_that_are_all_scanned_are_the_loop(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    """However codes and queries lie; an eighth of it need not find what is nearest."""
    codes, queries = rng.integers(0, 256, (2, 500, 8), dtype=np.uint8)
    whole = InvertedFile(cells, scan=10**9, exact=0)
    known = _added(whole, cells, codes)
    _assert_nearest(whole, queries[:40], known, 10)
    few = InvertedFile(cells, scan=1, exact=0)
    _added(few, cells, codes)
    assert (few.search(queries, 10)[0] > whole.search(queries, 10)[0]).any()


@pytest.mark.parametrize("exact", [0, 20_000], ids=["cells", "exact"])
def test_add_remove_and_add(exact: int, cells: CoarseQuantiser, centres: Any, rng: np.random.Generator) -> None:
    file, queries = InvertedFile(cells, scan=10**9, exact=exact), _codes(rng, 20, centres)
    photos = [_added(file, cells, _codes(rng, 30, centres)) for _ in range(4)]
    file.remove([range(min(photos[1]), max(photos[1]) + 1)])
    photos[1] = {}
    assert len(file) == 90
    _assert_nearest(file, queries, {row: code for photo in photos for row, code in photo.items()}, 100)
    photos.append(_added(file, cells, _codes(rng, 10, centres)))
    assert min(photos[-1]) >= 120, "a row is not given twice"
    _assert_nearest(file, queries, {row: code for photo in photos for row, code in photo.items()}, 10)


def test_a_row_of_removed_codes_can_be_removed_again(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    file = InvertedFile(cells)
    known = _added(file, cells, rng.integers(0, 256, (20, 8), dtype=np.uint8))
    for rows in (range(5, 10), range(5, 10), range(0), range(40, 50)):
        file.remove([rows])
    for row in range(5, 10):
        del known[row]
    _assert_nearest(file, rng.integers(0, 256, (9, 8), dtype=np.uint8), known, 20)


def test_growing_past_the_exact_search(cells: CoarseQuantiser, centres: Any, rng: np.random.Generator) -> None:
    """Nothing is lost when a file comes to be searched by cells, and what was removed before stays away."""
    file, queries = InvertedFile(cells, scan=10**9, exact=100), _codes(rng, 20, centres)
    known = _added(file, cells, _codes(rng, 60, centres))
    file.remove([range(10)])
    known = {row: code for row, code in known.items() if row >= 10}
    for count in (50, 1, 30, 5):
        known |= _added(file, cells, _codes(rng, count, centres))
        assert len(file) == len(known)
        _assert_nearest(file, queries, known, 10)
    file.remove([range(10, 60), range(60, 120)])
    known = {row: code for row, code in known.items() if row >= 120}
    _assert_nearest(file, queries, known, 10)
    known |= _added(file, cells, _codes(rng, 3, centres))
    _assert_nearest(file, queries, known, 10)


def test_photos_that_come_and_go_leave_a_small_file_exact(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    """A gallery whose photos are renamed day by day never holds more than 60 codes, and is searched as a whole."""
    file = InvertedFile(cells, scan=1, exact=100)
    for _ in range(5):
        known = _added(file, cells, rng.integers(0, 256, (60, 8), dtype=np.uint8))
        _assert_nearest(file, rng.integers(0, 256, (40, 8), dtype=np.uint8), known, 10)
        file.remove([range(min(known), max(known) + 1)])
    assert len(file) == 0


@pytest.mark.parametrize("exact", [0, 20_000], ids=["cells", "exact"])
def test_without_rows_is_as_if_they_were_not_there(
    exact: int, cells: CoarseQuantiser, centres: Any, rng: np.random.Generator
) -> None:
    file, queries = InvertedFile(cells, scan=10**9, exact=exact), _codes(rng, 30, centres)
    known = _added(file, cells, _codes(rng, 150, centres))
    file.remove([range(40, 50)])
    for barred in ([range(20, 60)], [range(3), range(90, 150), range(88, 95)], [range(0)], [range(700, 800)]):
        kept = {
            row: code for row, code in known.items() if not 40 <= row < 50 and not any(row in rows for rows in barred)
        }
        _assert_nearest(file, queries, kept, 10, exclude=barred)
    distances, rows = file.search(queries, 3, exclude=[range(150)])
    assert np.isposinf(distances).all()
    assert (rows == -1).all()
    assert len(file) == 140


@pytest.mark.parametrize("exact", [0, 20_000], ids=["cells", "exact"])
def test_the_order_of_adding_changes_no_distance(
    exact: int, cells: CoarseQuantiser, centres: Any, rng: np.random.Generator
) -> None:
    codes, queries = _codes(rng, 150, centres), _codes(rng, 20, centres)
    files = [InvertedFile(cells, exact=exact) for _ in range(2)]
    files[0].add(codes, cells.assign(codes))
    for code in codes[rng.permutation(150)]:
        files[1].add(code[None], cells.assign(code[None]))
    np.testing.assert_array_equal(files[0].search(queries, 10)[0], files[1].search(queries, 10)[0])


@pytest.mark.parametrize("exact", [0, 20_000], ids=["cells", "exact"])
def test_an_empty_file_knows_nothing(exact: int, cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    file, queries = InvertedFile(cells, exact=exact), rng.integers(0, 256, (4, 8), dtype=np.uint8)
    assert file.add(queries[:0], cells.assign(queries[:0])) == range(0)
    file.remove([range(9)])
    distances, rows = file.search(queries, 3)
    assert distances.shape == rows.shape == (4, 3)
    assert np.isposinf(distances).all()
    assert (rows == -1).all()
    file.remove([file.add(queries, cells.assign(queries))])
    assert (file.search(queries, 3)[1] == -1).all()


def test_no_queries_have_no_neighbours(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    file = InvertedFile(cells)
    _added(file, cells, rng.integers(0, 256, (4, 8), dtype=np.uint8))
    distances, rows = file.search(np.zeros((0, 8), np.uint8), 3, exclude=[range(2)])
    assert distances.shape == rows.shape == (0, 3)


def test_files_may_share_cells(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    one, other = InvertedFile(cells), InvertedFile(cells)
    known = _added(one, cells, rng.integers(0, 256, (30, 8), dtype=np.uint8))
    assert (len(one), len(other)) == (30, 0)
    del other
    _assert_nearest(one, rng.integers(0, 256, (4, 8), dtype=np.uint8), known, 3)


def test_inputs_stay(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    file, codes = InvertedFile(cells), rng.integers(0, 256, (30, 8), dtype=np.uint8)
    before = codes.copy()
    file.add(codes, cells.assign(codes))
    file.search(codes, 3)
    np.testing.assert_array_equal(codes, before)
    codes[:] = 0
    assert (file.search(before, 1)[0] == 0).all(), "the file keeps codes of its own"


def test_other_codes_are_refused(cells: CoarseQuantiser) -> None:
    file = InvertedFile(cells)
    for codes, count in ((np.ones((3, 7), np.uint8), 3), (np.ones((3, 8), np.uint8), 2), (np.ones((3, 8)), 3)):
        with pytest.raises(ShapeError, match=rf"for {count} cells; wanted \({count}, 8\) uint8"):
            file.add(codes, np.zeros(count, np.uint16))


@pytest.mark.parametrize("cell", [-1, 40, 65535])
def test_cells_that_there_are_not_are_refused(cell: int, cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    """Faiss would write beside its memory; a damaged gallery must not end the process."""
    file, codes = InvertedFile(cells), rng.integers(0, 256, (3, 8), dtype=np.uint8)
    with pytest.raises(ValueError, match="wanted 0 to 39: assign them with the cells of this file"):
        file.add(codes, np.array([0, cell, 5]))
    assert len(file) == 0
    assert file.add(codes, np.array([0, 39, 5])) == range(3)
