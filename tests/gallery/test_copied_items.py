"""Photos that are taken out of a gallery and put back are the same to the bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import GalleryError
from resight.gallery.copied_items import copied, load, save
from resight.gallery.stores.opening import create_gallery
from resight.types import EncoderCard
from tests.gallery.conftest import Make


def test_what_was_removed_comes_back_whole(tmp_path: Path, cards: tuple[EncoderCard, ...], make: Make) -> None:
    with create_gallery(tmp_path / "art.gallery", cards) as gallery:
        gallery.add(make(number) for number in range(4))
        gallery.relabel([2], "another")
        before = copied(gallery, [2, 3, 99])
        save(before, tmp_path / "gone")
        assert gallery.remove(ids=[2, 3]) == (2, 3)
        assert copied(gallery, [2, 3]) == []
        ids = gallery.add(load(tmp_path / "gone")).ids
        after = copied(gallery, ids)
        assert [item.instance for item in after] == ["another", before[1].instance]
        assert gallery.renamed() == ids[:1]
        assert gallery.forgotten() == ()
        for one, other in zip(before, after, strict=True):
            for name in ("photo", "digest", "thumbnail", "about", "place", "width", "height", "file_bytes"):
                assert getattr(one, name) == getattr(other, name)
            for encoder, arrays in one.features.items():
                for name, array in arrays.items():
                    assert array.tobytes() == other.features[encoder][name].tobytes()
            for encoder, vector in one.descriptors.items():
                assert vector.tobytes() == other.descriptors[encoder].tobytes()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    for text in (None, b"", b"no archive"):
        if text is not None:
            (tmp_path / "gone").write_bytes(text)
        with pytest.raises(GalleryError, match="cannot be read again"):
            load(tmp_path / "gone")
