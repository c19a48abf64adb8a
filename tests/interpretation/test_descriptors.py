"""Descriptors are the paper's formulas, and components those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from resight.interpretation.descriptors import components, d_cam, d_short, kept


def test_d_short_is_equation_4(rng: np.random.Generator) -> None:
    heat, features = rng.random((2, 3, 3)), rng.random((2, 5, 3, 3))
    found = d_short(heat, features.sum(axis=1))
    for row in range(2):
        total = np.zeros((3, 3))
        for k in range(5):
            total += heat[row] * features[row, k]
        assert found[row] == pytest.approx(total.ravel())
    assert (d_cam(heat, features.sum(axis=1))[1] == heat[1].ravel()).all()


def test_components_are_scikit_learn_s(rng: np.random.Generator) -> None:
    pca = pytest.importorskip("sklearn.decomposition", reason='needs scikit-learn: pip install "resight[report]"')
    rows = rng.normal(size=(40, 12)) @ rng.normal(size=(12, 12))
    found, shares = components(rows)
    wanted = pca.PCA().fit(rows)
    assert shares == pytest.approx(wanted.explained_variance_ratio_)
    assert np.abs(found) == pytest.approx(np.abs(wanted.transform(rows)))
    assert kept(shares, dimensions=12) == (12, pca.PCA(0.9, svd_solver="full").fit(rows).n_components_)


def test_few_photos_and_few_dimensions_keep_what_there_is() -> None:
    _, shares = components(np.eye(4, 49))
    assert kept(shares, dimensions=49)[0] == 4
    assert kept(np.full(104, 1 / 104), dimensions=104) == (50, 94)
    assert kept(components(np.ones((6, 3)))[1], dimensions=3) == (3, 3)
