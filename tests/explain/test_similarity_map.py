"""The cosine of two descriptors taken back to features: against back-propagation, and against the score itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.explain.similarity_map import grad_cam, gradient, similarity_map
from resight.features import whitening
from resight.features.aggregate import gem, mac, rmac, spoc, vlad
from resight.features.head import head
from resight.features.pullback import pullback
from resight.types import Codebook, Head

GRID = (4, 6)
CHANNELS = 8
WORDS = Codebook(np.random.default_rng(7).normal(0.5, 0.6, size=(3, CHANNELS)), np.ones(3))
FORMS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "spoc": (spoc, {}),
    "mac": (mac, {}),
    "gem": (gem, {"p": 3.0}),
    "rmac": (rmac, {"grid": GRID}),
    "vlad": (vlad, {"codebook": WORDS, "power": 0.5, "intra": True}),
}
every = pytest.mark.parametrize("name", FORMS)
heads = pytest.mark.parametrize("whitened", [True, False], ids=["whitened", "unit"])


@pytest.fixture
def settings(rng: np.random.Generator) -> Callable[[str, bool], Head]:
    """A head, whose whitening is fitted on forty photos pooled in the same way."""

    def fit(name: str, whitened: bool) -> Head:
        if not whitened:
            return Head()
        formula, options = FORMS[name]
        rows = np.stack([formula(_map(rng), **options) for _ in range(40)])
        return Head(whitening.fit(head(rows, Head()), dims=6, shrinkage=0.01))

    return fit


def _map(rng: np.random.Generator) -> Any:
    """The values of a feature map, most of them above zero and some exactly zero."""
    return np.maximum(rng.normal(0.5, 0.7, size=(GRID[0] * GRID[1], CHANNELS)), 0)


@every
@heads
def test_the_gradient_is_that_of_back_propagation_for_query_and_match(
    rng: np.random.Generator, torch: Any, settings: Any, name: str, whitened: bool
) -> None:
    """Both photos at once by torch, through unit → whiten → unit; each by itself in closed form."""
    formula, options = FORMS[name]
    form, pair = settings(name, whitened), (_map(rng), _map(rng))
    tensors = [torch.from_numpy(values.copy()).requires_grad_() for values in pair]
    rows = [head(formula(values, **options), form) for values in tensors]
    (rows[0] @ rows[1]).backward()
    for values, tensor, other in zip(pair, tensors, rows[::-1], strict=True):
        found = gradient(
            values,
            formula(values, **options),
            other.detach().numpy(),
            pullback=pullback(name, **options),
            settings=form,
        )
        assert np.abs(found).max() > 1e-4
        np.testing.assert_allclose(found, tensor.grad.numpy(), rtol=1e-6, atol=1e-6 * np.abs(found).max())


@every
@heads
def test_shares_and_constant_add_up_to_the_score(
    rng: np.random.Generator, settings: Any, name: str, whitened: bool
) -> None:
    formula, options = FORMS[name]
    form, values, other = settings(name, whitened), _map(rng), _map(rng)
    aggregate, row = formula(values, **options), head(formula(other, **options), form)
    found = similarity_map(values, aggregate, row, pullback=pullback(name, **options), settings=form)
    cosine = float(head(aggregate, form) @ row)
    assert found.score == pytest.approx(cosine, abs=1e-12)
    assert found.shares.sum() + found.constant == pytest.approx(cosine, abs=1e-9)
    assert (found.constant == 0) != whitened


def test_the_split_of_a_mean_is_the_formula(rng: np.random.Generator, settings: Any) -> None:
    """``s = Σ_i x_i · P q / (m ‖g‖ ‖y‖) − µ · P q / ‖y‖``, by loops."""
    form, values, row = settings("spoc", True), _map(rng), None
    row = head(spoc(_map(rng)), form)
    mean, projection = form.whitening.mean, form.whitening.projection
    g = [sum(float(value[c]) for value in values) / len(values) for c in range(CHANNELS)]
    length = sum(x * x for x in g) ** 0.5
    y = [sum((g[c] / length - mean[c]) * projection[c, j] for c in range(CHANNELS)) for j in range(len(row))]
    stretch = sum(x * x for x in y) ** 0.5
    back = [sum(projection[c, j] * row[j] for j in range(len(row))) / stretch for c in range(CHANNELS)]
    slow = [sum(float(x[c]) * back[c] for c in range(CHANNELS)) / (len(values) * length) for x in values]
    found = similarity_map(values, spoc(values), row, pullback=pullback("spoc"), settings=form)
    np.testing.assert_allclose(found.shares, slow)
    assert found.constant == pytest.approx(-sum(m * b for m, b in zip(mean, back, strict=True)))


@heads
def test_a_photo_is_all_for_itself(rng: np.random.Generator, settings: Any, whitened: bool) -> None:
    values, form = _map(rng), settings("gem", whitened)
    found = similarity_map(values, gem(values), head(gem(values), form), pullback=pullback("gem"), settings=form)
    assert found.score == pytest.approx(1)
    assert np.abs(_gradient_of_itself(values, form)).max() < 1e-9  # a cosine of 1 is at its top


def _gradient_of_itself(values: Any, form: Head) -> Any:
    return gradient(values, gem(values), head(gem(values), form), pullback=pullback("gem"), settings=form)


def test_the_length_of_the_values_changes_nothing(rng: np.random.Generator, settings: Any) -> None:
    values, form = _map(rng) + 0.01, settings("mac", True)
    row = head(mac(_map(rng)), form)
    one, twice = (similarity_map(x, mac(x), row, pullback=pullback("mac"), settings=form) for x in (values, 2 * values))
    np.testing.assert_allclose(one.shares, twice.shares)


def test_a_photo_without_features_is_near_to_nothing() -> None:
    values, row = np.zeros((6, 3)), np.array([1.0, 0, 0])
    found = similarity_map(values, np.zeros(3), row, pullback=pullback("spoc"), settings=Head())
    assert (found.score, found.constant) == (0, 0)
    assert not found.shares.any()
    assert not gradient(values, np.zeros(3), row, pullback=pullback("spoc"), settings=Head()).any()


def test_grad_cam_is_the_loop(rng: np.random.Generator) -> None:
    """Shi 2018, equations 1 and 2: ``α_c = 1/Z Σ ∂y/∂A^c``, ``L = ReLU(Σ_c α_c A^c)``."""
    values, slopes = rng.normal(size=(2, 12, 4))
    alphas = [sum(float(slope[c]) for slope in slopes) / 12 for c in range(4)]
    slow = [max(0.0, sum(alphas[c] * float(value[c]) for c in range(4))) for value in values]
    np.testing.assert_allclose(grad_cam(values, slopes), slow)
    assert grad_cam(np.zeros((0, 4)), np.zeros((0, 4))).shape == (0,)


@pytest.mark.parametrize("whitened", [True, False])
def test_a_row_of_another_encoder_is_refused(rng: np.random.Generator, settings: Any, whitened: bool) -> None:
    values, form = _map(rng), settings("spoc", whitened)
    width = 6 if whitened else CHANNELS
    for formula in (similarity_map, gradient):
        with pytest.raises(ShapeError, match=rf"has shape \(5,\); wanted \({width},\): describe both photos by one"):
            formula(values, spoc(values), np.ones(5), pullback=pullback("spoc"), settings=form)
