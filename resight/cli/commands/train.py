"""``resight train``: an encoder learns from a folder of photos to tell its things apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from resight.cli.terminal.curves import watched
from resight.cli.terminal.meter import note, stopping
from resight.cli.terminal.options import Json, Settings, examples
from resight.cli.terminal.output import count, put, put_json, put_table
from resight.cli.terminal.surveys import require_all, telling
from resight.results.recognition import percent

if TYPE_CHECKING:
    from resight.training.outcome import TrainingOutcome

EXAMPLES: Final = examples(
    "resight train museum -o my-encoder",
    "resight train museum -o my-encoder --preset triplet --set epochs=30 --set split=instance",
    "resight train museum -o my-encoder --set loss=contrastive --set optimiser=sgd --set schedule=cosine",
    "resight train museum -o mine --from weights.pth --architecture resnet18",
    "resight index museum --encoder my-encoder",
)

SHOWN: Final = 5
"""Number of leaks that are printed; the report lists more."""


def train(
    photos: Annotated[
        list[Path],
        typer.Argument(
            readable=False,
            metavar="PHOTOS",
            help="A folder with one sub-folder per thing, or a Parquet file: two things at least; "
            "ten to ten thousand with a few photos each are meant.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", readable=False, metavar="MODEL", help="The model folder to write.")
    ],
    preset: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="What is minimised: contrast, multi-similarity, smooth-ap, triplet, arcface."
        ),
    ] = "contrast",
    settings: Settings = None,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            readable=False,
            metavar="MODEL",
            show_default=False,
            help="The encoder to start from: a model folder, or a weight file with --architecture; "
            "by default the one that resight carries.",
        ),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help="Of the weight file's network, such as resnet18."),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write MODEL.html, which shows whether it worked.")
    ] = True,
    json: Json = False,
) -> None:
    """Train an encoder on your photos.

    Some photos are kept to ask about, before and after; of a thing with one photo a
    simulated view is asked. A photo that cannot be read, a closed folder or a wrong row of a table is told, the rest is
    learned, and the exit status is 1. Ctrl-C keeps a checkpoint in MODEL.training, and the same command goes on from
    there.

    Each --set changes a setting that docs/training.md lists, such as loss, miner, optimiser, schedule, rate or freeze;
    an unknown one is refused with the names of all.
    """
    from resight.cli.terminal.interruption import interruptible, uninterrupted
    from resight.io.datasets.preflight import PLAIN
    from resight.training import finetune
    from resight.training.config import configured
    from resight.training.fine_tuning_run import report_file
    from resight.training.settings import preset as settings_of

    config, told = configured(settings_of(preset), settings or []), PLAIN.to_dict()
    _tell_start(output)
    with interruptible(stopping) as stop:
        course = finetune.run(
            photos, output, start=start, architecture=architecture, config=config, report=report, stop=stop
        )
        outcome = uninterrupted(watched(telling(course, told)))
    if outcome is None:
        return  # of workers that train together the leading one tells all
    page = report_file(output) if report else None
    if json:
        put_json({"model": str(output), "report": None if page is None else str(page), **outcome.to_dict(), **told})
    else:
        _tell(outcome, page)
    require_all(outcome.to_dict(), told)


def _tell_start(output: Path) -> None:
    """Say so where a training is gone on with."""
    from resight.training.fine_tuning_run import work_folder
    from resight.training.finetune import kept_so_far

    if steps := kept_so_far(output).steps:
        note(f"going on after step {steps[-1][0]:,}, which {work_folder(output)} keeps")


def _tell(outcome: TrainingOutcome, page: Path | None) -> None:
    from resight.training.outcome import CHANGES

    _doubts(outcome)
    if rows := _rows(outcome):
        put_table(("", "asked", "before", "after", "questions"), rows, right={4})
    taken = "the best P@1" if outcome.config.patience else "the last"
    put(f"weights of epoch {outcome.epoch} of {len(outcome.history.epochs)}, {taken}")
    put(f"{percent(outcome.history.waiting)} of the training's time was spent waiting for photos")
    for verdict in (CHANGES[outcome.change], *outcome.verdicts):
        put(f"{verdict.name}: {verdict.meaning}")
        for advice in verdict.advice:
            put(f"  try: {advice}")
    put(f"wrote {outcome.model}" + (f" and {page}" if page else ""))


def _rows(outcome: TrainingOutcome) -> list[tuple[str, ...]]:
    """The scores before and after, a row for each kind of question and measure."""
    return [
        (name, kind, _interval(found["before"][key]), _interval(found["after"][key]), str(found["after"][key]["n"]))
        for kind, found in outcome.figures.items()
        for key, name in (("p_at_1", "P@1"), ("micro_ap", "µAP"))
        if found["before"]
    ]


def _doubts(outcome: TrainingOutcome) -> None:
    """Prints which queries were not asked or only simulated, on standard error."""
    training_set = outcome.training_set
    for leak in training_set.leaks[:SHOWN]:
        note(f"not asked: {leak.query}, whose photo {leak.reference} is known ({leak.kind})")
    if len(training_set.leaks) > SHOWN:
        note(f"not asked: {len(training_set.leaks) - SHOWN} more whose photo is known")
    viewed = training_set.parts.viewed
    if views := int(viewed.sum()):
        note(f"{count(views, 'question')} of {len(viewed)} are simulated views: those things have one photo")


def _interval(found: dict[str, Any]) -> str:
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
