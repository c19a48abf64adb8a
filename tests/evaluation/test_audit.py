"""The audit: each thing that makes figures wrong is found by hand-made photos, and nothing where nothing is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from resight.evaluation.audit import Audit, AuditFinding, audit, contradictions
from resight.evaluation.duplicates import Leak
from resight.io.datasets.dataset import Dataset, Entry
from resight.io.datasets.identity import labelled_identity


def photo(name: str, *labels: str, split: str = "reference", ignore: tuple[str, ...] = ()) -> Entry:
    return Entry(name, Path(), labels, split, ignore)


PHOTOS = (
    photo("r1", "a"),
    photo("r2", "b"),
    photo("q1", "a", split="query"),
    photo("q2", "b", split="query"),
    photo("u1", split="distractor"),
)
DIGESTS = {entry.name: entry.name.encode() for entry in PHOTOS}


def audited(photos: tuple[Entry, ...] = PHOTOS, **said: Any) -> Audit:
    plain: dict[str, Any] = {"leaks": (), "digests": DIGESTS, "names": (), "descriptors": {}, "backgrounds": {}}
    return audit(Dataset(photos), **{**plain, "learned": {}, **said})


def kinds(found: Audit) -> dict[str, tuple[str, ...]]:
    return {finding.kind: finding.names for finding in found.findings}


def test_a_clean_data_set_is_valid() -> None:
    found = audited()
    assert (found.findings, found.valid) == ((), True)
    assert found.to_dict() == {"valid": True, "findings": []}


def test_leaks_fail() -> None:
    found = audited(leaks=(Leak("q1", "r1", "content"), Leak("q2", "r1", "near duplicate")))
    assert kinds(found) == {"content": ("q1 (r1)",), "near duplicate": ("q2 (r1)",)}
    assert not found.valid


def test_one_photo_of_two_labels_fails() -> None:
    found = audited(digests={**DIGESTS, "q2": b"r1"})
    assert kinds(found) == {"labels": ("q2 (r1)",)}
    assert not found.valid
    assert kinds(audited(digests={**DIGESTS, "u1": b"r1"})) == {"labels": ("u1 (r1)",)}


def test_one_photo_of_one_label_contradicts_nothing() -> None:
    assert contradictions(PHOTOS, {**DIGESTS, "q1": b"r1"}) == []
    both = (photo("r1", "a"), photo("q1", "b", "a", split="query"))
    assert contradictions(both, {"r1": b"x", "q1": b"x"}) == []
    own = (photo("r1", "r1"), photo("r1", "r2", split="query", ignore=("r1",)))
    assert contradictions(own, {"r1": b"x"}) == []


def test_a_query_among_those_that_a_whitening_is_fitted_on_fails(rng: np.random.Generator) -> None:
    background, queries = rng.normal(size=(20, 8)), rng.normal(size=(2, 8))
    background[7] = 3 * queries[1]
    found = audited(names=("q1", "q2"), descriptors={"net": queries}, backgrounds={"net": background})
    assert kinds(found) == {"whitening": ("q2 (net)",)}
    assert not found.valid


def test_an_encoder_that_learned_what_is_asked_fails_and_one_that_learned_what_is_known_is_told() -> None:
    asked = labelled_identity([entry for entry in PHOTOS if entry.split == "query"], DIGESTS)
    known = labelled_identity([entry for entry in PHOTOS if entry.split == "reference"], DIGESTS)
    found = audited(learned={"cheat": asked, "fair": known, "other": "0"})
    assert kinds(found) == {"training data": ("cheat",), "references learned": ("fair",)}
    assert not found.valid
    assert audited(learned={"fair": known}).valid


def test_a_thing_in_two_splits_is_told() -> None:
    found = audited((*PHOTOS, photo("t1", "a", split="train"), photo("t2", "z", split="train")))
    assert kinds(found) == {"place in two splits": ("a",)}
    assert found.valid


def test_of_many_names_a_few_are_in_the_sentence() -> None:
    said = str(AuditFinding("labels", tuple("abcdefgh")))
    assert said.endswith("contradict: a, b, c, d, e and 3 more")
