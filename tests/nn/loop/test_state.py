"""Where training stands: the average and the best by hand, and what is no checkpoint of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from resight.errors import ModelError, TrainingError
from resight.nn.loop import checkpoint, state
from tests.nn.toy_task import PLAN, Losses, Toy


def _state(task: Toy) -> state.State:
    return state.begin(task, PLAN(1), torch.device("cpu"))


def test_the_average_by_hand() -> None:
    """With decay 0.5 the first steps count by step / (step + 9): 0.1, then 2/11, until that is more than 0.5."""
    here = _state(Toy())
    mean, leaf = (module.get_parameter("network.0.bias").detach() for module in (here.averaged, here.module))
    leaf.zero_()
    mean.fill_(1.0)
    expected = 1.0
    for step in range(1, 15):
        here.advance({"a": 2.0}, 0.5)
        expected *= min(0.5, step / (step + 9))
        assert mean[0].item() == pytest.approx(expected, rel=1e-5)
    assert here.step == 14
    assert here.sums == {"a": 28.0}


def test_statistics_of_norms_are_averaged_and_counters_copied() -> None:
    here = _state(Toy())
    norm, mean = here.module.get_submodule("network.1"), here.averaged.get_submodule("network.1")
    norm.get_buffer("running_var").fill_(3.0)
    norm.get_buffer("num_batches_tracked").fill_(5)
    here.advance({}, 0.9)
    assert mean.get_buffer("running_var")[0].item() == pytest.approx(0.1 * 1 + 0.9 * 3)
    assert mean.get_buffer("num_batches_tracked").item() == 5
    assert not here.averaged.training
    assert here.module.training


def test_the_best_and_the_epochs_since() -> None:
    here = _state(Toy())
    seen = []
    for score in (0.2, 0.5, 0.5, 0.4, 0.6):
        here.judge(score)
        seen.append((here.best, here.waited))
    assert seen == [(0.2, 0), (0.5, 0), (0.5, 1), (0.5, 2), (0.6, 0)]


def test_the_first_of_the_best_epochs_is_chosen() -> None:
    here = _state(Toy())
    here.step = 7
    assert here.choose(3) == (2, None)
    leaf = here.averaged.get_parameter("network.0.bias").detach()
    for number, score in enumerate((0.2, 0.5, 0.5, 0.4)):
        leaf.fill_(number)
        here.judge(score, keep=True)
    assert leaf[0].item() == 3
    assert here.choose(3) == (2, 0.5)
    assert leaf[0].item() == 1


def test_the_score_is_that_of_the_weights_that_are_given() -> None:
    here = _state(Toy())
    here.judge(0.5)
    here.judge(0.25)
    for step, chosen in ((6, (2, 0.25)), (7, (2, None))):
        here.step = step
        assert here.choose(3) == chosen


def test_a_checkpoint_without_a_part_is_refused(tmp_path: Path) -> None:
    task, file = Toy(), tmp_path / "c.pt"
    state.save(_state(task), task, file)
    content = checkpoint.load(file)
    del content["optimiser"], content["sums"]
    checkpoint.save(content, file)
    with pytest.raises(TrainingError, match="has no optimiser, sums; wanted a checkpoint"):
        state.restore(_state(task), task, file)


def test_a_setting_that_came_or_went_is_refused(tmp_path: Path) -> None:
    task, file = Toy(batch=8), tmp_path / "c.pt"
    state.save(_state(task), task, file)
    with pytest.raises(TrainingError, match="was made with batch 8, wanted None"):
        state.restore(_state(Toy()), Toy(), file)
    with pytest.raises(TrainingError, match="was made with rate None, wanted 2"):
        state.restore(_state(task), Toy(batch=8, rate=2), file)


def test_the_photos_content_is_compared_where_a_checkpoint_says_it(tmp_path: Path) -> None:
    """Those of before do not."""
    task, file = Toy(photos="names"), tmp_path / "c.pt"
    state.save(_state(task), task, file)
    now = Toy(photos="names", content="these")
    state.restore(_state(now), now, file)
    state.save(_state(now), now, file)
    with pytest.raises(TrainingError, match="was made with content 'these', wanted 'others'"):
        state.restore(_state(now), Toy(photos="names", content="others"), file)


def test_a_changed_setting_is_named_also_where_it_changes_leaves(tmp_path: Path) -> None:
    task, file = Toy(Losses(4), width=4), tmp_path / "c.pt"
    state.save(_state(task), task, file)
    other = Toy(Losses(5), width=5)
    with pytest.raises(TrainingError, match="was made with width 4, wanted 5"):
        state.restore(_state(other), other, file)


@pytest.mark.parametrize("name", ["architecture", "network", "start", "weights"])
def test_another_network_is_told_by_its_leaves_and_another_of_one_form_by_name(name: str, tmp_path: Path) -> None:
    task, file = Toy(Losses(4), **{name: "a"}), tmp_path / "c.pt"
    state.save(_state(task), task, file)
    larger, alike = Toy(Losses(5), **{name: "b"}), Toy(Losses(4), **{name: "b"})
    with pytest.raises(ModelError, match=r"'network\.0\.weight' is \(4, 6\), wanted \(5, 6\)"):
        state.restore(_state(larger), larger, file)
    with pytest.raises(TrainingError, match=f"was made with {name} 'a', wanted 'b'"):
        state.restore(_state(alike), alike, file)
