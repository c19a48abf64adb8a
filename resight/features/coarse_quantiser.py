"""A coarse quantiser: the cells of a partition of 8-bit codes, on faiss."""

from __future__ import annotations

import os
from typing import Final

import faiss
import numpy as np

from resight.types import Array

ROWS: Final = 100
"""Codes whose products with all centres are held at a time."""

if hasattr(os, "register_at_fork"):
    # OpenMP's threads stay behind in the parent, and a child that takes them for its own would wait for them for ever.
    # This is of the thread that forked; others of the child begin threads of their own.
    os.register_at_fork(after_in_child=lambda: faiss.omp_set_num_threads(1))


class CoarseQuantiser:
    """A partition of the codes by their nearest centre; threads may share it.

    Parameters
    ----------
    centres : (w, c) uint8 codes.
    """

    def __init__(self, centres: Array) -> None:
        self.index = faiss.IndexFlatL2(centres.shape[1])
        self.index.add(centres.astype(np.float32))
        self._centres = centres.astype(np.float32)
        self._halves = (self._centres**2).sum(axis=1) / 2

    def holds(self, codes: Array, cells: Array) -> bool:
        """Whether codes ``(m, c)`` are of the kind that lies in these cells, and their ``cells (m,)`` are some of them.

        Whether each lies in the cell it is said to lie in takes :meth:`assign`.
        """
        is_code = codes.dtype == np.uint8 and codes.shape[1] == self._centres.shape[1]
        return bool(is_code and int(cells.max(initial=0)) < len(self._centres))

    def assign(self, codes: Array) -> Array:
        """The cell of each code, ``(m,)`` uint16, the first of cells as near.

        The nearest centre c of x has the largest x · c − c² / 2, which float32 holds exactly for up to 128 values of 8
        bits. A few rows at a time, whose products stay in the cache, take a third of faiss's time.
        """
        cells = np.zeros(len(codes), np.uint16)
        for start in range(0, len(codes), ROWS):
            rows = codes[start : start + ROWS].astype(np.float32)
            cells[start : start + ROWS] = (rows @ self._centres.T - self._halves).argmax(axis=1)
        return cells
