from __future__ import annotations

import pytest
import torch
from torch import nn

from resight.errors import ModelError, ShapeError
from resight.explain.classifiers.target import TargetScore, scores


def test_a_class_is_its_column_and_a_function_is_called() -> None:
    output = torch.arange(6.0).reshape(2, 3)
    assert scores(output, 1).tolist() == [1, 4]
    assert scores(output, lambda rows: rows.sum(dim=1)).tolist() == [3, 12]
    assert TargetScore(nn.Flatten(), 2)(output).tolist() == [2, 5]


@pytest.mark.parametrize("target", [3, -1, 99])
def test_a_class_that_does_not_exist_is_told(target: int) -> None:
    with pytest.raises(ModelError, match=rf"class {target} does not exist: .* 3 classes; wanted a class from 0 to 2"):
        scores(torch.zeros(2, 3), target)


def test_a_map_has_no_classes() -> None:
    with pytest.raises(ModelError, match=r"an output \(2, 3, 4, 4\); wanted scores \(b, k\)"):
        scores(torch.zeros(2, 3, 4, 4), 0)


def test_a_function_gives_a_number_for_each_photo() -> None:
    with pytest.raises(ShapeError, match=r"gives \(\) for 2 photos; wanted one number each, \(2,\)"):
        scores(torch.zeros(2, 3), lambda rows: rows.sum())
