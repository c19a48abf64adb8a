"""``resight recipe pairs``: a classifier of Tiny ImageNet, for pairs of photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from resight.cli.terminal.meter import note
from resight.cli.terminal.options import Json, Settings, examples
from resight.cli.terminal.output import put, put_facts, put_json
from resight.cli.terminal.surveys import require_all
from resight.results.recognition import percent

from .options import Weights, Work
from .outcome import Report, followed_until_stopped

EXAMPLES: Final = examples(
    "resight recipe pairs tiny-imagenet --work pairs-work --weights weights",
    "resight recipe pairs tiny-imagenet --work pairs-work --weights weights --preset cpu",
    "resight recipe pairs tiny-imagenet --work pairs-work --preset reduced-resnet18 --set epochs=5",
)


def pairs(
    data: Annotated[
        Path,
        typer.Argument(
            readable=False,
            metavar="TINY-IMAGENET",
            help="A folder or a Parquet file with the splits train and val.",
        ),
    ],
    work: Work,
    preset: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="paper, which is resnet50 and vgg16; for a processor cpu, which is cpu-resnet and cpu-vgg, or "
            "reduced-resnet18.",
        ),
    ] = "paper",
    weights: Weights = None,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Learn which pairs of photos are of one class.

    As in "Image similarity network" (2020), a classifier learns 180 of the classes, a small network learns from pairs
    of its descriptors, and pairs of test photos are told apart, those of the 20 unseen classes as well; Table 2 stands
    beside it. Two forms are also joined. FOLDER/pairs.html is the report. Without --weights networks start from weights
    that are drawn; cpu wants them. Ctrl-C keeps what is done, and the same command goes on from there.
    """
    from resight.recipes.pairs import recipe

    report, told = followed_until_stopped(
        lambda stop: recipe.run(data, work, config=preset, weights=weights, settings=settings or (), stop=stop)
    )
    if json:
        put_json({**report, **told})
    else:
        _tell(report)
        put(f"wrote {work / 'pairs.html'}")
    require_all(told)


def _tell(report: Report) -> None:
    for form in report["forms"]:
        put_facts({"form": form["name"], **_in_short(form["classifier"])})
        for verdict in (*form["classifier"]["verdicts"], *form["similarity"]["verdicts"]):
            note(f"note: {verdict['name']}: {verdict['meaning']}; try: {'; '.join(verdict['advice'])}")
    judged = {form["name"]: form["similarity"] for form in report["forms"]} | report["ensembles"]
    for name, each in judged.items():
        put(f"{name}, of {each['pairs']:,} pairs, {each['unique_pairs']:,} of them different:")
        for number, case in enumerate(each["cases"]):
            beside = f" (paper {percent(each['paper']['cases'][number], 2)})" if each.get("paper") else ""
            told = "none" if case["accuracy"] is None else percent(case["accuracy"], 2)
            put(f"  case {number + 1}, {case['case']}: {told}{beside}")
        for kind, found in each["sets"].items():
            balanced, auc = (found[measure]["classes"] for measure in ("balanced_accuracy", "auc"))
            put(
                f"  {kind}: accuracy {percent(found['accuracy']['classes']['value'], 2)} (always similar "
                f"{percent(found['always_similar'], 2)}), balanced {percent(balanced['value'], 2)} "
                f"({percent(balanced['low'])} to {percent(balanced['high'])}), "
                f"AUC {auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f})"
            )
    for line in report["left_out"]:
        note(f"note: left out: {line}")


def _in_short(report: Report) -> dict[str, Any]:
    """Results of a classifier, without what is printed beside them, or only counted for people."""
    facts = {name: fact for name, fact in report.items() if name not in ("leaks", "verdicts", "settings")}
    return {**facts, "photos": {**facts["photos"], "left_out": len(facts["photos"]["left_out"])}}
