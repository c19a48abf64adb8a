"""Features of queries, whose descriptors are kept between runs, so that a second one does not touch the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from resight.features.encoder import Encoder, GlobalEncoder
from resight.features.views import View
from resight.io.datasets.entries import Entry
from resight.search.describe import PhotoFeatures, extract, long_side

from .descriptor_cache import DescriptorCache, content_key


@dataclass(frozen=True, slots=True)
class QueryFeatures:
    """Queries, as a gallery's ``encoders`` see it, with a cache of descriptors for each that has some."""

    encoders: Sequence[Encoder]
    caches: Sequence[DescriptorCache]

    @classmethod
    def of(cls, encoders: Sequence[Encoder], folder: Path) -> Self:
        """Descriptors are kept in a ``folder``, by their encoder's fingerprint and the photo's content."""
        made = [encoder for encoder in encoders if isinstance(encoder, GlobalEncoder)]
        return cls(encoders, tuple(DescriptorCache(folder, encoder, [View()]) for encoder in made))

    def extract(self, entry: Entry) -> PhotoFeatures:
        """Read, extract and describe a photo, but for the descriptors that are kept of it.

        Raises PhotoError, and TrainingError for a file of the cache that is damaged or cannot be written.
        """
        key = content_key(entry)
        found = {cache.encoder.fingerprint: cache.kept(key) for cache in self.caches}
        kept = {fingerprint: rows[0] for fingerprint, rows in found.items() if rows is not None}
        features = extract(entry.photo(long_side=long_side(self.encoders)), self.encoders, kept=kept)
        for cache in self.caches:
            if cache.encoder.fingerprint not in kept:
                cache.keep(key, features.descriptors[cache.encoder.fingerprint][None])
        return features

    def flush(self) -> None:
        """Write what is not written yet."""
        for cache in self.caches:
            cache.flush()
