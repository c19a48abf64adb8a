"""A gallery's encoders, found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import EncoderMismatch
from resight.features.encoder import encoders
from resight.gallery.stores.opening import create_gallery
from resight.search.makers import encoders_of, sources_of
from resight.types import EncoderCard


def test_a_model_that_was_moved_with_its_gallery_is_found_beside_it(tmp_path: Path) -> None:
    (tmp_path / "here" / "resnet").mkdir(parents=True)
    (tmp_path / "there" / "vgg").mkdir(parents=True)
    places = (tmp_path / "gone" / "resnet", tmp_path / "there" / "vgg", tmp_path / "gone" / "other", Path("vlad"))
    cards = [EncoderCard(str(place), place.name, "global", {"source": str(place)}) for place in places]
    with create_gallery(tmp_path / "here" / "known.gallery", cards) as gallery:
        found = sources_of(gallery)
    assert found == [str(tmp_path / "here" / "resnet"), *map(str, places[1:])]


def test_the_encoders_are_those_that_made_it(tmp_path: Path) -> None:
    made = encoders(["classical", "vlad"])
    with create_gallery(tmp_path / "known.gallery", [encoder.card() for encoder in made]) as gallery:
        found = encoders_of(gallery)
    assert [encoder.fingerprint for encoder in found] == [encoder.fingerprint for encoder in made]


def test_an_encoder_that_has_changed_is_refused(tmp_path: Path) -> None:
    card = EncoderCard("vlad-of-another-vocabulary", "vlad", "global", {"source": "vlad"})
    with create_gallery(tmp_path / "known.gallery", [card]) as gallery, pytest.raises(EncoderMismatch, match="vlad"):
        encoders_of(gallery)
