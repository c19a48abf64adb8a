"""The places recipe: Shi 2018 from end to end, its four networks and its tables beside what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from resight.interpretation import report
from resight.interpretation.study import StudyOutcome, study
from resight.io.cached_result import write_text
from resight.progress import Interrupted, Job
from resight.training.interruption import Stop

NETWORKS: Final = ("vgg11", "resnet18", "simple", "simpler")

ERRORS: Final = {"vgg11": 0.0002, "resnet18": 0.0004, "simple": 0.0069, "simpler": 0.0182}
"""Table 3: test errors."""

KEPT: Final = {"vgg11": (196, 50, 17), "resnet18": (49, 49, 11), "simple": (324, 50, 40), "simpler": (1764, 50, 91)}
"""Table 1: dimensions of descriptors, and what PCA(50) and PCA(90 %) keep."""


def run(
    data: Path,
    output: Path,
    *,
    preset: str = "paper",
    settings: Sequence[str] = (),
    objects: Path | None = None,
    networks: Sequence[str] = (),
    stop: Stop = lambda: False,
) -> Job[dict[str, Any] | Interrupted]:
    """Run the study of Shi 2018 on the places of ``data``, and write its report and tables into ``output``.

    ``networks`` are asked beside the paper's four. Raises what `interpretation.study.study` does.
    """
    report.require()
    asked = (*NETWORKS, *networks)
    outcome = yield from study(
        data, output / "work", asked, config=preset, settings=settings, objects=objects, stop=stop
    )
    if isinstance(outcome, Interrupted):
        return outcome
    files = report.write(outcome, output)
    table = output / "paper.csv"
    write_text(table, beside_the_paper(outcome))
    return {**report.summary(outcome), "files": {**files, "paper": str(table)}}


def beside_the_paper(outcome: StudyOutcome) -> str:
    """Tables 1 and 3 beside what came of them, as CSV."""
    lines = ["network,error,error_paper,dimensions,dimensions_paper,pca_50,pca_50_paper,pca_90,pca_90_paper"]
    sizes = {one.model: one for one in outcome.sizes if one.kind == "D_cam"}
    for model in outcome.models:
        if model.name not in ERRORS or model.name not in sizes:
            continue
        found, paper = sizes[model.name], KEPT[model.name]
        error = 1 - outcome.accuracy(model).value
        pairs = zip((found.dimensions, found.first, found.share), paper, strict=True)
        cells = ",".join(f"{here},{theirs}" for here, theirs in pairs)
        lines.append(f"{model.name},{error:.4f},{ERRORS[model.name]},{cells}")
    return "\n".join(lines) + "\n"
