"""The tables of Bouček 2020, chapter 5: µAP on Tini-GLD, 10,000 photos of 6,090 landmarks and 1,000 queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from resight.evaluation.vote_grid import FORMULAS
from resight.search.similarity_matrix import REDUCTIONS

KS: Final = (1, 3, 7, 13, 17, 23)
"""Neighbours that vote, in Tables 5.1, 5.5 and 5.6."""

EXPANDED_KS: Final = (3, 7, 13, 17, 23)
"""Neighbours that vote in Table 5.2."""

TRANSFORMS: Final = FORMULAS
"""Transforms of a similarity in the order of Tables 5.1 and 5.6, and their formulas."""

THRESHOLDS: Final = (None, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
"""α in the order of Table 5.2; None is Mean k-NN."""

Cell = tuple[bool, str, int]
"""Whether whitened, the row's name, and k."""


def _table(names: tuple[str, ...], ks: tuple[int, ...], whitened: str, plain: str) -> dict[Cell, float]:
    """Cells of a table that is printed row by row, four decimals each."""
    cells: dict[Cell, float] = {}
    for is_whitened, text in ((True, whitened), (False, plain)):
        values = iter(text.split())
        cells |= {(is_whitened, name, k): float(next(values)) for name in names for k in ks}
    return cells


SINGLE: Final = _table(
    tuple(TRANSFORMS),
    KS,
    """.5893 .7792 .7913 .7870 .7712 .7536  .5893 .7308 .7760 .7881 .7846 .7847
    .5893 .7726 .8106 .8100 .8054 .7966  .5893 .7791 .7916 .7862 .7687 .7455""",
    """.6493 .8026 .7432 .6697 .6428 .5996  .6493 .7950 .7687 .7182 .6859 .6660
    .6493 .8058 .7522 .6853 .6639 .6286  .6493 .8027 .7389 .6583 .6224 .5760""",
)
"""Table 5.1: one descriptor a photo, by transform and k."""

MEANS: Final = _table(
    tuple("Mean k-NN" if alpha is None else f"α = {alpha:g}" for alpha in THRESHOLDS),
    EXPANDED_KS,
    """.7415 .7524 .7487 .7455 .7218  .7383 .7496 .7465 .7432 .716   .7286 .7316 .7362 .7306 .7168
    .7151 .7163 .7262 .7294 .7138  .7066 .7061 .704  .6978 .6951  .6875 .6802 .6775 .6779 .6827
    .6535 .6374 .6261 .6298 .6279""",
    """.6946 .7284 .7356 .7357 .7333  .6932 .728  .7353 .7336 .732   .6889 .725  .7331 .7313 .7301
    .6872 .7225 .7316 .7302 .7276  .6869 .7201 .7287 .7283 .7244  .6753 .7037 .7145 .7148 .7115
    .6624 .6836 .6808 .6769 .6707""",
)
"""Table 5.2: Mean k-NN and its α-expansions, by k."""

MATRIX: Final = _table(
    tuple(REDUCTIONS),
    KS,
    """.5088 .7658 .7869 .7826 .7714 .7515  .5686 .7868 .8270 .8203 .8080 .7782
    .5696 .7838 .8303 .8269 .8097 .7881  .5729 .7294 .7787 .7892 .7900 .7803
    .5729 .7311 .7820 .7887 .7913 .7845""",
    """.5584 .7308 .7048 .6447 .6298 .5907  .5732 .7712 .7280 .6657 .6344 .6123
    .5809 .7544 .7238 .6675 .6451 .6127  .5802 .7650 .7445 .7050 .6857 .6499
    .5811 .7490 .7433 .6857 .6694 .6580""",
)
"""Table 5.5: similarity matrices of five scales, by reduction and k."""

SUMMED: Final = _table(
    tuple(TRANSFORMS),
    KS,
    """.6142 .8113 .8425 .8156 .7990 .7783  .6142 .7583 .7984 .8094 .8024 .8032
    .6142 .8168 .8399 .8428 .8243 .8088  .6142 .8115 .8413 .8094 .7917 .7716""",
    """.6582 .8153 .7493 .6794 .6384 .5902  .6582 .8117 .7736 .7212 .6915 .6673
    .6582 .8177 .7571 .6982 .6611 .6226  .6582 .8154 .7453 .6675 .6181 .5679""",
)
"""Table 5.6: the sum of the descriptors at the scales 1 and √2, by transform and k."""

TABLES: Final[Mapping[str, Mapping[Cell, float]]] = {"5.1": SINGLE, "5.2": MEANS, "5.5": MATRIX, "5.6": SUMMED}
"""Tables by their number."""

TITLES: Final = {
    "5.1": "one descriptor a photo",
    "5.2": "Mean k-NN and α-expansion",
    "5.5": "similarity matrices of five scales",
    "5.6": "sum of the scales 1 and √2",
}
