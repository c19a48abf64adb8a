"""An inverted file of 8-bit codes: the nearest gallery features of each query feature, on faiss."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import faiss
import numpy as np

from resight.errors import ShapeError
from resight.features.coarse_quantiser import CoarseQuantiser
from resight.runtimes import forking
from resight.types import Array


class InvertedFile:
    """Codes in cells; a search scans the nearest cells of each query code.

    The cells are given, not learned from the gallery, so a first photo can be added to an empty file and a photo's
    cells are known once and for all.

    Parameters
    ----------
    cells : of the codes.
    scan : gallery codes that a query code is compared with, about.
    exact : codes up to which every one is compared: cells of a few codes each cost more than they save.
    """

    def __init__(self, cells: CoarseQuantiser, *, scan: int = 1250, exact: int = 20_000) -> None:
        self._scan = scan
        self._exact = exact
        self._flat = faiss.IndexIDMap(faiss.IndexFlatL2(cells.index.d))
        self._cells = cells
        # Squared distances of uint8 codes are exact in 8bit_direct: nothing is trained and nothing is lost.
        self._file = faiss.IndexIVFScalarQuantizer(
            cells.index, cells.index.d, cells.index.ntotal, faiss.ScalarQuantizer.QT_8bit_direct, faiss.METRIC_L2, False
        )
        self._file.is_trained = True
        self._next = 0

    def __len__(self) -> int:
        return int(self._file.ntotal)

    @forking.held_off()
    def add(self, codes: Array, cells: Array) -> range:
        """Add ``(m, c)`` uint8 codes with their cells ``(m,)``; the rows they get, which no later ones will.

        Raises ShapeError for codes of another shape or type, ValueError for cells that there are not.
        """
        if codes.shape != (len(cells), self._file.d) or codes.dtype != np.uint8:
            raise ShapeError(
                f"codes {codes.shape} {codes.dtype} for {len(cells)} cells; wanted ({len(cells)}, {self._file.d}) uint8"
            )
        if len(cells) and not 0 <= int(cells.min()) <= int(cells.max()) < self._file.nlist:  # faiss would write there
            raise ValueError(
                f"codes lie in cells {cells.min()} to {cells.max()}; wanted 0 to {self._file.nlist - 1}: "
                "assign them with the cells of this file"
            )
        rows = np.arange(self._next, self._next + len(codes), dtype=np.int64)
        if len(codes):
            is_small = self._is_exact and len(self) + len(codes) <= self._exact
            vectors, lists = np.ascontiguousarray(codes, np.float32), np.ascontiguousarray(cells, np.int64)
            self._file.add_core(len(rows), faiss.swig_ptr(vectors), faiss.swig_ptr(rows), faiss.swig_ptr(lists))
            if is_small:
                self._flat.add_with_ids(vectors, rows)
            else:
                self._flat.reset()
        self._next += len(codes)
        return range(self._next - len(codes), self._next)

    @forking.held_off()
    def remove(self, rows: Collection[range]) -> None:
        """Remove the codes of these rows, as :meth:`add` gave them; one look at all codes, however many go."""
        if any(map(len, rows)):
            gone = _selector(self._marked(rows))
            self._file.remove_ids(gone)
            self._flat.remove_ids(gone)

    @forking.held_off()
    def search(self, codes: Array, k: int, *, exclude: Collection[range] = ()) -> tuple[Array, Array]:
        """Squared distances ``(q, k)``, nearest first, and rows ``(q, k)``; inf and -1 where there are no more.

        The answer is as if the rows ``exclude`` were not here.
        """
        if not len(codes) or not len(self):
            return np.full((len(codes), k), np.inf, np.float32), np.full((len(codes), k), -1, np.int64)
        vectors = codes.astype(np.float32)
        chosen = self._all_but(exclude) if exclude else None  # named, so that it lives while faiss points at it
        if self._is_exact:
            parameters = faiss.SearchParameters()
            parameters.sel = chosen
            distances, rows = self._flat.search(vectors, k, params=parameters)
        else:
            few = faiss.SearchParametersIVF()
            few.sel, few.nprobe = chosen, self._probes()
            distances, rows = self._file.search(vectors, k, params=few)
        return np.where(rows < 0, np.float32(np.inf), distances), rows

    def _all_but(self, exclude: Collection[range]) -> Any:
        return _selector(~self._marked(exclude))

    def _marked(self, ranges: Collection[range]) -> Array:
        marked = np.zeros(self._next, bool)
        for rows in ranges:
            marked[rows.start : rows.stop] = True
        return marked

    @property
    def _is_exact(self) -> bool:
        # A file that has outgrown the exact search stays with its cells: its first codes are not kept twice.
        return self._flat.ntotal == len(self)

    def _probes(self) -> int:
        return int(np.clip(self._scan * self._file.nlist / len(self), 8, 128))


def _selector(chosen: Array) -> Any:
    """The selector by which faiss searches the rows that are ``chosen (n,)``."""
    # faiss's own wrapper, of which its stubs do not know, takes the array alone and keeps it alive.
    return faiss.IDSelectorBitmap(np.packbits(chosen, bitorder="little"))  # type: ignore[call-arg, arg-type]
