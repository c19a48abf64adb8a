"""Provenance: what identifies the photos, whatever their order and place, and what an encoder says it learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from resight.evaluation.provenance import Clock, learned_photos, provenance
from resight.features.encoder import encoders, global_encoder
from resight.io.datasets.dataset import Dataset, Entry


def test_photos_are_identified_by_content_labels_and_splits() -> None:
    entries = (Entry("x/1", Path(), ("a",)), Entry("x/2", Path(), ("b",), "query"))
    digests = {"x/1": b"1", "x/2": b"2"}
    found = provenance(encoders("classical"), digests, Dataset(entries))
    moved = tuple(replace(entry, name=f"y{entry.name}") for entry in reversed(entries))
    elsewhere = provenance(encoders("classical"), {f"y{name}": one for name, one in digests.items()}, Dataset(moved))
    assert found["data_sha256"] == elsewhere["data_sha256"]
    assert found["photos"] == 2
    assert found["encoders"][0]["name"] == "classical"
    relabelled = (entries[0], replace(entries[1], labels=("c",)))
    assert provenance((), digests, Dataset(relabelled))["data_sha256"] != found["data_sha256"]


def test_the_house_encoder_says_what_it_learned_from() -> None:
    assert list(learned_photos([global_encoder("house"), global_encoder("vlad")])) == ["house"]


def test_laps_add_up() -> None:
    clock = Clock()
    clock.lap("a")
    clock.lap("b")
    assert list(clock.seconds) == ["a", "b"]
    assert all(spent >= 0 for spent in clock.seconds.values())
