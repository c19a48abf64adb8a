"""A model's background: descriptors of everyday photos that are large enough, and nothing of the photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.errors import DatasetError, ModelError
from resight.features.encoder import HOUSE, encoders
from resight.io import images, model_folder
from resight.io.datasets.dataset import Dataset, discover
from resight.progress import finished
from resight.training.whitening_background import give
from tests.galleries import Photos, some, write
from tests.jobs import told

NAMES = ("chelsea", "coffee", "coins", "rocket")


@pytest.fixture
def everyday(known_photos: Photos, tmp_path: Path) -> Dataset:
    """Four photos, a thumbnail and a file that is no photo."""
    photos = {**some(known_photos, *NAMES), "thumbnail": known_photos["text"][:90, :90]}
    folder = write(tmp_path / "everyday", photos)
    (folder / "chelsea" / "torn.jpg").write_bytes(b"no photo")
    return discover(folder)


def test_it_is_what_the_encoder_says_of_some_of_the_photos(everyday: Dataset, tmp_path: Path) -> None:
    house = model_folder.load(HOUSE)
    steps, given = told(give(house, tmp_path / "given", everyday.entries, photos=4))
    assert [step.done for step in steps if step.stage == "background"] == [1, 2, 3, 4]
    (encoder,) = encoders([str(given.folder)])
    large = [entry for entry in everyday.entries if entry.label in NAMES and entry.name.endswith(".png")]
    wanted = [encoder.describe(encoder.extractor.features(images.read(entry.read()))) for entry in large]
    assert encoder.background is not None
    found = encoder.background[np.argsort(encoder.background[:, 0])]
    np.testing.assert_allclose(found, np.stack(wanted)[np.argsort([row[0] for row in wanted])], atol=1e-3)


def test_the_network_stays_what_it_was_and_the_descriptors_are_others(everyday: Dataset, tmp_path: Path) -> None:
    """Galleries whitened among other photos are not comparable."""
    house = model_folder.load(HOUSE)
    given = finished(give(house, tmp_path / "given", everyday.entries, photos=2))
    assert given.features_fingerprint == house.features_fingerprint
    assert given.fingerprint != house.fingerprint
    assert (given.card.name, given.metrics) == ("house", house.metrics)


def test_the_same_photos_give_the_same_model(everyday: Dataset, tmp_path: Path) -> None:
    house = model_folder.load(HOUSE)
    first, again = (finished(give(house, tmp_path / name, everyday.entries, photos=2)) for name in "ab")
    assert first.fingerprint == again.fingerprint


def test_more_photos_than_a_model_holds_are_refused_at_once(everyday: Dataset, tmp_path: Path) -> None:
    """64 MB of rows of 512 numbers of two bytes are 65,536, and a header."""
    with pytest.raises(ModelError, match=r"a background of 65,536 photos is too large .* fewer than 65,536"):
        next(give(model_folder.load(HOUSE), tmp_path / "given", everyday.entries, photos=65_536))


def test_too_few_large_photos_are_refused_in_words(everyday: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"4 of 6 photos can be read and are large enough .* wanted 5"):
        finished(give(model_folder.load(HOUSE), tmp_path / "given", everyday.entries, photos=5))
    assert not (tmp_path / "given").exists()


def test_an_existing_folder_is_refused_at_once(everyday: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="exists already"):
        next(give(model_folder.load(HOUSE), tmp_path, everyday.entries))
