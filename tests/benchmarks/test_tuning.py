"""The benchmark of tuning, on answers that are made up."""

from __future__ import annotations

import tuning as benchmark


def test_a_row_tells_what_changed() -> None:
    before = {"right": [True, False, True], "probabilities": [0.9, 0.8, 0.7], "answerable": [True] * 3}
    after = {"right": [True, True, True], "probabilities": [0.9, 0.8, 0.7], "answerable": [True] * 3}
    kept = {"before": before, "after": before, "tuned": {"is_default": True, "tried": [{}, {}]}}
    assert benchmark._row("a pack", kept)[-1] == "the same"
    assert benchmark._row("a pack", kept)[:3] == ("a pack", "3", "2")
    changed = {"before": before, "after": after, "tuned": {"is_default": False, "tried": [{}]}}
    assert benchmark._row("a pack", changed)[-1].startswith("+.444 (")
