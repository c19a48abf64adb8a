"""The identity of photos is of content and what is said of them, in any order and under any name."""

from __future__ import annotations

from pathlib import Path

from resight.io.datasets.entries import Entry
from resight.io.datasets.identity import identity, labelled_identity


def test_order_does_not_count_and_content_and_words_do() -> None:
    photos = [(b"1", "a"), (b"2", "b")]
    assert identity(photos) == identity(photos[::-1])
    others = ([(b"1", "a"), (b"2", "c")], [(b"1", "a"), (b"3", "b")], photos[:1])
    assert len({identity(photos), *map(identity, others)}) == 4


def test_names_splits_and_photos_without_a_label_do_not_count() -> None:
    here = [Entry("x", Path("x"), ("a",)), Entry("y", Path("y"), ("b",)), Entry("wall", Path("wall"))]
    there = [Entry("q", Path("q"), ("b",), split="query"), Entry("p", Path("p"), ("a",), split="query")]
    digests = {"x": b"1", "y": b"2", "wall": b"3", "p": b"1", "q": b"2"}
    assert labelled_identity(here, digests) == labelled_identity(there, digests)
    assert labelled_identity(here[:1], digests) != labelled_identity(here, digests)
