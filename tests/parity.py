"""Fixtures that hold one formula in NumPy beside the same in torch, by the table of tolerances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.tolerances import TOLERANCES, Tolerance

Close = Callable[..., None]


@pytest.fixture(scope="session")
def tolerances() -> dict[tuple[str, str], Tolerance]:
    """The table of `tests.tolerances`."""
    return TOLERANCES


@pytest.fixture(scope="session")
def torch() -> Any:
    """The module torch, or a skip."""
    return pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')


@pytest.fixture
def assert_parity(torch: Any, tolerances: dict[tuple[str, str], Tolerance]) -> Close:
    """``assert_parity(formula, array)``: NumPy and torch agree, in both float types, and keep them."""

    def check(formula: Callable[[Any], Any], array: npt.NDArray[Any]) -> None:
        for dtype in ("float32", "float64"):
            typed = array.astype(dtype)
            by_numpy, by_torch = formula(typed), formula(torch.from_numpy(typed.copy()))
            assert isinstance(by_torch, torch.Tensor)
            assert str(by_torch.dtype) == f"torch.{dtype}"
            assert by_numpy.dtype == dtype
            np.testing.assert_allclose(by_torch.numpy(), by_numpy, **tolerances["torch", dtype])

    return check


@pytest.fixture
def gradient(torch: Any) -> Callable[..., npt.NDArray[Any]]:
    """``gradient(formula, array)``: of the sum of the formula's outputs, by torch in the dtype of the array."""

    def differentiate(formula: Callable[[Any], Any], array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        x = torch.from_numpy(array.copy()).requires_grad_()
        formula(x).sum().backward()
        return x.grad.numpy()

    return differentiate


@pytest.fixture
def assert_gradient(torch: Any) -> Close:
    """``assert_gradient(formula, array)``: torch's gradient is that of finite differences, in float64."""

    def check(formula: Callable[[Any], Any], array: npt.NDArray[Any]) -> None:
        x = torch.from_numpy(array.astype(np.float64)).requires_grad_()
        assert torch.autograd.gradcheck(formula, (x,))

    return check
