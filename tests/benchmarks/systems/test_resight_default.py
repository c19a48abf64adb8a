"""The default recogniser, asked like a peer, says what it says to everybody else."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from data.packs import Pack, photo_of
from systems.ranking import Fit, Ranking
from systems.resight_default import Recognising, by_consensus, by_evidence, confidence

from resight.io.datasets.dataset import Entry
from tests.galleries import quick


@pytest.mark.parametrize("unknown_share", [0.5, 0.1, 0.9])
def test_it_answers_as_the_recogniser_does(museum: Pack, recognising: Recognising, unknown_share: float) -> None:
    for entry in museum.queries:
        ranking = recognising.rank(photo_of(entry))
        answer = recognising.recogniser.recognise(photo_of(entry).image, unknown_share=unknown_share)
        assert ranking.photos == tuple(match.photo for match in answer.matches)
        assert ranking.scores == pytest.approx([match.score for match in answer.matches])
        assert confidence(ranking, unknown_share=unknown_share) == pytest.approx(answer.probability)


def test_what_is_left_out_is_not_known(museum: Pack, recognising: Recognising) -> None:
    entry = next(entry for entry in museum.queries if entry.label == "page")
    whole = recognising.rank(photo_of(entry))
    assert museum.instances[whole.photos[0]] == "page"
    assert whole.photos[0] not in recognising.rank(photo_of(entry), exclude=[whole.photos[0], "elsewhere"]).photos


def test_the_confidence_is_the_share_of_the_first_candidate() -> None:
    ranking = Ranking(("a", "b", "c"), (2.0, 1.0, -3.0))
    total = sum(math.exp(score) for score in ranking.scores)
    assert confidence(ranking) == pytest.approx(math.exp(2) / (1 + total))
    assert confidence(ranking, unknown_share=0.8) == pytest.approx(math.exp(2) / (4 + total))
    assert confidence(Ranking((), ())) == 0.0


def test_photos_of_one_thing_are_ranked_beside_each_other(museum: Pack, tmp_path: Path) -> None:
    """The views are enrolled too: a photo finds itself first and its view second."""
    everything = museum.all_against_all()
    instances = everything.instances
    with quick():
        fits: tuple[Fit, ...] = (by_consensus, by_evidence)
        for fit in fits:
            folder = tmp_path / fit.__name__
            folder.mkdir()
            system = fit(everything, folder)
            for entry in _with_a_view(museum):
                found = system.rank(photo_of(entry))
                assert found.photos[0] == entry.name
                assert instances[found.photos[1]] == entry.label
            again = fit(everything, folder)  # of what is enrolled already
            assert again.rank(photo_of(entry)).photos[0] == entry.name


def _with_a_view(museum: Pack) -> list[Entry]:
    seen = {entry.label for entry in museum.queries}
    return [entry for entry in museum.references if entry.label in seen]
