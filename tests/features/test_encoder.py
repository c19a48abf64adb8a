"""Encoders by name: which there are, what they share, and what they make of a photo."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import ModelError
from resight.features.aggregate import AGGREGATES
from resight.features.encoder import DEFAULT, NAMED, Encoder, GlobalEncoder, LocalEncoder, encoders, global_encoder
from resight.features.vocabulary import load
from resight.io.images import Photo, resize
from resight.io.model_card import ModelCard
from resight.search.describe import featureless
from resight.types import Features, Preprocess

Array = npt.NDArray[Any]
OF_POINTS = ("bow", "classical", "vlad")
"""The encoders of rootSIFT points."""


@pytest.fixture(scope="module")
def features(known_photos: dict[str, Any]) -> Features:
    photo = resize(known_photos["chelsea"], (300, 200), resampling="area")
    return encoders()[0].extractor.features(Photo(photo, (300, 200), b""))


@pytest.fixture(scope="module")
def others(known_photos: dict[str, Any]) -> list[Features]:
    names = ("coffee", "rocket")
    photos = [resize(known_photos[name], (300, 200), resampling="area") for name in names]
    return [encoders()[0].extractor.features(Photo(photo, (300, 200), b"")) for photo in photos]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of 32 channels."""
    pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')
    from resight.nn.backbones.resnet_v2 import resnet_v2
    from resight.nn.networks.architectures import cut
    from resight.training.model_conversion import package

    card = ModelCard("tiny", "tiny", "bn_out", 32, 8, Preprocess(long_side=96))
    return package(cut(resnet_v2((1, 1), 4), "bn_out"), tmp_path_factory.mktemp("models") / "tiny", card=card).folder


def _named(name: str) -> Encoder:
    (encoder,) = encoders([name])
    return encoder


def test_the_default_votes_and_has_one_descriptor_beside() -> None:
    voting, house = encoders()
    assert (voting.name, house.name) == DEFAULT
    assert isinstance(voting, LocalEncoder)
    assert voting.description == {"features": 1000, "long_side": 640}
    assert isinstance(house, GlobalEncoder)


def test_the_house_brings_a_background_of_unit_rows() -> None:
    rows = _named("house").background
    assert rows is not None
    assert rows.shape == (512, 512)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)
    assert _named("vlad").background is None


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_name_is_an_encoder_of_that_name(name: str) -> None:
    encoder = _named(name)
    assert encoder.name == encoder.source == name
    assert isinstance(encoder, LocalEncoder if name == "classical" else GlobalEncoder)
    assert json.loads(json.dumps(encoder.description)) == encoder.description


def test_each_is_made_once_in_the_order_of_the_names() -> None:
    found = encoders(["vlad", "classical", "vlad", "bow", "classical"])
    assert [encoder.name for encoder in found] == ["vlad", "classical", "bow"]
    assert encoders([]) == ()


def test_they_share_one_extractor_and_its_cells() -> None:
    """So that a photo's features are extracted once, and the words are in memory once."""
    found = [*encoders(OF_POINTS), *encoders(OF_POINTS)]
    assert len({id(encoder.extractor) for encoder in found}) == 1
    assert len({id(encoder.cells) for encoder in found if isinstance(encoder, LocalEncoder)}) == 1


def test_fingerprints_tell_encoders_apart_and_stay() -> None:
    found = {encoder.name: encoder.fingerprint for encoder in encoders(sorted(NAMED))}
    assert len(set(found.values())) == len(NAMED)
    assert found == {encoder.name: encoder.fingerprint for encoder in encoders(sorted(NAMED))}
    for name in OF_POINTS:
        assert _named("classical").extractor.fingerprint in found[name]


@pytest.mark.parametrize("name", ["vlad", "bow"])
def test_descriptors_are_unit_rows(name: str, features: Features, others: list[Features]) -> None:
    encoder = _named(name)
    rows = [encoder.describe(one) for one in (features, *others)]
    for row in rows:
        assert row.dtype == np.float32
        assert row.shape == ((128 * 64,) if name == "vlad" else (4096,))
        assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(encoder.describe(features), rows[0])
    assert rows[0] @ rows[1] < 0.7
    assert encoder.description["words"] == (128 if name == "vlad" else 4096)


def _nearest(values: Array, words: Array) -> Array:
    return ((values[:, None].astype(float) - words[None]) ** 2).sum(axis=2).argmin(axis=1)


def test_vlad_is_the_loop(features: Features) -> None:
    """Residuals to the nearest word, the signed root, a unit vector."""
    vocabulary = load()
    values = vocabulary.decode(features.values)
    sums = np.zeros((128, 64))
    for value, word in zip(values, _nearest(values, vocabulary.vlad), strict=True):
        sums[word] += value - vocabulary.vlad[word]
    wanted = (np.sign(sums) * np.sqrt(np.abs(sums))).ravel()
    np.testing.assert_allclose(_named("vlad").describe(features), wanted / np.linalg.norm(wanted), atol=2e-5)


def test_the_bag_of_words_is_the_loop(features: Features) -> None:
    """Shares of the cells times their rarity, a unit vector."""
    vocabulary = load()
    few = replace(
        features,
        points=features.points[:150],
        values=features.values[:150],
        scales=features.scales[:150],
        angles=features.angles[:150],
    )
    wanted = np.zeros(4096)
    for word in _nearest(few.values, vocabulary.cells):
        wanted[word] += vocabulary.idf[word] / 150
    np.testing.assert_allclose(_named("bow").describe(few), wanted / np.linalg.norm(wanted), atol=1e-6)


@pytest.mark.parametrize("name", ["vlad", "bow"])
def test_the_order_of_features_changes_nothing(name: str, features: Features, rng: np.random.Generator) -> None:
    order = rng.permutation(len(features))
    mixed = replace(features, values=features.values[order])
    np.testing.assert_allclose(_named(name).describe(mixed), _named(name).describe(features), atol=1e-5)


@pytest.mark.parametrize("name", ["vlad", "bow"])
def test_a_photo_without_features_has_a_zero_descriptor(name: str, features: Features) -> None:
    row = _named(name).describe(featureless((9, 9)))
    np.testing.assert_array_equal(row, np.zeros_like(_named(name).describe(features)))
    assert row.dtype == np.float32


def test_where_a_descriptor_is_wanted_an_encoder_whose_features_vote_is_refused() -> None:
    assert global_encoder("house").fingerprint == _named("house").fingerprint
    with pytest.raises(ModelError, match=r"classical has no descriptor: .* Use vlad, bow or a model"):
        global_encoder("classical")
    with pytest.raises(ModelError, match="no encoder 'hause'"):
        global_encoder("hause")


def test_a_card_tells_how_to_find_the_encoder_again() -> None:
    for encoder in encoders(sorted(NAMED)):
        card = encoder.card()
        assert (card.fingerprint, card.name) == (encoder.fingerprint, encoder.name)
        assert card.kind == ("local" if isinstance(encoder, LocalEncoder) else "global")
        assert card.description == {"source": encoder.source, **encoder.description}
        assert _named(str(card.description["source"])).fingerprint == encoder.fingerprint


@pytest.mark.parametrize("name", ["clasical", "Classical", "resnet50", "/no/such/folder"])
def test_an_unknown_name_is_refused(name: str) -> None:
    names = "classical, vlad, bow, house"
    with pytest.raises(ModelError, match=f"no encoder '{name}'(; did you mean '.*'\\?)?: it is neither {names} nor a"):
        encoders(["vlad", name])


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no .*model\.json"):
        encoders([str(tmp_path)])


def test_a_file_is_no_model_folder(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(ModelError, match="no encoder"):
        encoders([str(tmp_path / "model.json")])


def test_a_model_folder_is_an_encoder(folder: Path, known_photos: dict[str, Any]) -> None:
    encoder = _named(str(folder))
    assert (encoder.name, encoder.source) == ("tiny", str(folder.resolve()))
    assert encoder.description == {"architecture": "tiny", "cut": "bn_out", "long_side": 96}
    assert encoder.fingerprint not in {_named(name).fingerprint for name in NAMED}
    photo = resize(known_photos["chelsea"], (120, 80), resampling="area")
    features = encoder.extractor.features(Photo(photo, (120, 80), b""))
    row = encoder.describe(features)
    assert row.shape == (32,)
    wanted = np.mean(np.maximum(features.values.astype(float), 1e-6) ** 3, axis=0) ** (1 / 3)
    np.testing.assert_allclose(row, wanted / np.linalg.norm(wanted), atol=1e-5)


def test_a_descriptor_that_is_not_finite_is_refused_without_a_warning(features: Features) -> None:
    """As an exponent makes it that float32 cannot compute of this photo's values."""
    odd = replace(_named("house"), aggregate=partial(AGGREGATES["gem"], p=100.0))
    values = np.full((len(features), 8), 10, np.float32)
    with pytest.raises(ModelError, match=r"house gives a descriptor that is not finite \(house\)"):
        odd.describe(replace(features, values=values))


def test_the_house_encoder_ships_and_tells_photos_apart(known_photos: dict[str, Any]) -> None:
    """Alone, without local features: darker parts of photos are nearest to these photos."""
    house = _named("house")
    assert house.source == "house"
    names = ("astronaut", "chelsea", "coffee", "coins", "page", "rocket", "text")

    def described(image: Any) -> Any:
        return house.describe(house.extractor.features(Photo(image, (image.shape[1], image.shape[0]), b"")))

    known = np.stack([described(known_photos[name]) for name in names])
    views = np.stack([described(_part(known_photos[name])) for name in names])
    np.testing.assert_allclose(np.linalg.norm(known, axis=1), 1, atol=1e-5)
    assert (views @ known.T).argmax(axis=1).tolist() == list(range(len(names)))


def _part(photo: Any) -> Any:
    """The middle of a photo, in less light."""
    height, width = photo.shape[:2]
    return (0.7 * photo[height // 5 : -height // 6, width // 8 : -width // 5]).astype(np.uint8)


@pytest.mark.parametrize("name", ["vlad", "house"])
def test_shares_of_what_it_pools_add_up_to_the_descriptor(name: str, known_photos: dict[str, Any]) -> None:
    """Of the values as they are extracted, codes or floats."""
    encoder = _named(name)
    assert encoder.pullback is not None
    photo = resize(known_photos["chelsea"], (300, 200), resampling="area")
    values = encoder.extractor.features(Photo(photo, (300, 200), b"")).values
    descriptor = encoder.aggregate(values)
    direction = np.random.default_rng(0).normal(size=descriptor.shape).astype(np.float32)
    shares = encoder.pullback.shares(values, direction)
    assert shares.shape == (len(values),)
    assert shares.sum() == pytest.approx(float(descriptor @ direction), rel=1e-3, abs=1e-3)


def test_only_a_network_has_a_grid_and_only_a_sum_of_places_a_map() -> None:
    made = {name: _named(name) for name in NAMED}
    assert isinstance(made.pop("classical"), LocalEncoder)
    assert [name for name in made if made[name].has_grid] == ["house"]
    assert [name for name in made if made[name].pullback is not None] == ["vlad", "house"]


def test_one_name_needs_no_list(folder: Path) -> None:
    assert encoders("house") == encoders(["house"])
    assert [one.fingerprint for one in encoders(folder)] == [one.fingerprint for one in encoders([str(folder)])]
    with pytest.raises(ModelError, match=r"there is no encoder 'hause'; did you mean 'house'\?"):
        encoders("hause")
