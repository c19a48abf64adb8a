"""The benchmark beside ALIKED: the pairs that are asked, by which photos are near."""

from __future__ import annotations

import verify_learned
from data.packs import Pack

from resight.recognition.verifier import Verifier


def test_each_query_has_its_own_references_and_the_nearest_of_others(museum: Pack) -> None:
    pairs = verify_learned._pairs(museum, Verifier.open(), 2)
    queries = {pair.query.name for pair in pairs}
    assert len(queries) == min(2, sum(museum.answers(query) for query in museum.queries))
    for name in queries:
        own = [pair for pair in pairs if pair.query.name == name and pair.reference.label in pair.query.labels]
        others = [pair for pair in pairs if pair.query.name == name and pair not in own]
        assert own
        assert all(pair.ends[0] == pair.ends[1] for pair in own)
        assert 0 < len(others) <= verify_learned.NEAR
        assert all(pair.ends[0] != pair.ends[1] for pair in others)
