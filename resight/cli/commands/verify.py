"""``resight verify``: whether two photos show one thing."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from resight.cli.terminal.meter import meter, note
from resight.cli.terminal.options import Json, examples, share
from resight.cli.terminal.output import count, put, put_json
from resight.cli.terminal.pictures import drawn_into

if TYPE_CHECKING:
    from resight.errors import PhotoError
    from resight.io.datasets.pair_table import ListedPair
    from resight.recognition.verifier import Verifier
    from resight.results import Verification

EXAMPLES: Final = examples(
    "resight verify one.jpg other.jpg",
    "resight verify one.jpg other.jpg --gallery museum.gallery --save why.png --heat heat.png",
    "resight verify --pairs pairs.csv -o answers.csv                 # columns first and second",
)

HEADER: Final = ("first", "second", "same", "probability", "likelihood_ratio", "relation", "notes", "error")

File = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="FILE",
        show_default=False,
        help="Draw both photos, the points that agree and where the two differ into this .jpg, .png or .webp.",
    ),
]


def verify(
    photos: Annotated[
        list[str] | None, typer.Argument(metavar="[A B]", show_default=False, help="The files of two photos.")
    ] = None,
    gallery: Annotated[
        Path | None,
        typer.Option(
            "--gallery",
            "-g",
            readable=False,
            metavar="FILE",
            show_default=False,
            help="A gallery of such things, by whose photos descriptors are whitened; better than none.",
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FILE.csv",
            show_default=False,
            help="A table of pairs with the columns first and second, paths relative to it, in place of A and B.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            readable=False,
            metavar="FILE.csv",
            show_default=False,
            help="Where the answers to --pairs are written; by default they are printed.",
        ),
    ] = None,
    same_share: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            parser=share,
            help="Share of pairs to expect that show one thing; it moves the probability, not the likelihood ratio.",
        ),
    ] = 0.5,
    save: File = None,
    heat: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FILE",
            show_default=False,
            help="Draw heat maps on both photos into this .jpg, .png or .webp.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Tell whether two photos show one thing, and why.

    The likelihood ratio says how much likelier what was found is of one thing than of two, within the bounds that the
    pairs support which the model was fitted on. No gallery is needed. Of a table a pair with a photo that cannot be
    read is told, the others are answered, and the exit status is 1.
    """
    from resight.recognition.verifier import Verifier

    asked = photos or []
    if (pairs is None and len(asked) != 2) or (pairs is not None and asked):
        raise typer.BadParameter(f"found {count(len(asked), 'photo')}; wanted two photos, or --pairs with a table")
    if pairs is None and output is not None:
        raise typer.BadParameter("--output is for the answers to --pairs; --save draws those to two photos")
    if pairs is not None and (save or heat):
        raise typer.BadParameter("--save and --heat draw the answer to two photos; of --pairs ask for one pair")
    if pairs is None:
        _one(Verifier.open(gallery), asked, same_share, save, heat, json=json)
    else:
        _many(Verifier.open(gallery), pairs, same_share, output, json=json)


def _one(
    verifier: Verifier, photos: Sequence[str], same_share: float, save: Path | None, heat: Path | None, *, json: bool
) -> None:
    answer = verifier.verify(Path(photos[0]), Path(photos[1]), share=same_share)
    if save is not None:
        answer.save(save)
    if heat is not None:
        answer.explain().save(heat)
    if json:
        put_json(answer.to_dict() | drawn_into(save) | ({} if heat is None else {"heat": str(heat)}))
        return
    _put(answer)
    for file in filter(None, (save, heat)):
        note(f"wrote {file}")


def _put(answer: Verification) -> None:
    from resight.verification.fusion import GROUPS

    put(answer.sentence)
    for text in answer.notes:
        put(f"note: {text}")
    if answer.likelihood_ratio is not None:
        low, high = answer.bounds
        put(f"likelihood ratio: {answer.likelihood_ratio:.3g} (supported from {low:.2g} to {high:,.0f})")
    put("what it rests on, in log odds (positive speaks for one thing):")
    for name, value in answer.parts.items():
        there = any(answer.figures[part] is not None for part in GROUPS[name])
        put(f"  {name}: {f'{value:+.2f}' if there else 'nothing to compare'}")
    put(f"  of any two photos: {answer.weights['constant']:+.2f}")


def _many(verifier: Verifier, file: Path, same_share: float, output: Path | None, *, json: bool) -> None:
    from resight.errors import PhotoError
    from resight.io.cached_result import write_text
    from resight.io.datasets.pair_table import read_pairs

    table = read_pairs(file)
    refused = 0
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(HEADER)
    with meter(bar=not sys.stdout.isatty()) as update:
        for number, (pair, answer) in enumerate(_answered(verifier, table, same_share), 1):
            update("pairs", number, len(table))
            refused += isinstance(answer, PhotoError)
            if isinstance(answer, PhotoError):
                note(f"{pair.first}, {pair.second}: {answer}")
            if json:
                put_json(_told(pair, answer))
            else:
                writer.writerow(_row(pair, answer))
    if not json:
        if output is None:
            for line in lines.getvalue().splitlines():
                put(line)
        else:
            write_text(output, lines.getvalue().replace("\r\n", "\n"))
            note(f"wrote {output}")
    if refused:
        note(f"{count(refused, 'pair')} of {len(table)} could not be answered")
        raise typer.Exit(1)


def _answered(
    verifier: Verifier, table: Sequence[ListedPair], same_share: float
) -> Iterator[tuple[ListedPair, Verification | PhotoError]]:
    return zip(table, verifier.verify_many((pair.files for pair in table), share=same_share), strict=True)


def _told(pair: ListedPair, answer: Verification | PhotoError) -> dict[str, object]:
    found = {"error": str(answer)} if isinstance(answer, Exception) else answer.to_dict()
    return {**found, "first": pair.first, "second": pair.second}


def _row(pair: ListedPair, answer: Verification | PhotoError) -> list[str]:
    if isinstance(answer, Exception):
        return [pair.first, pair.second, "", "", "", "", "", str(answer)]
    ratio = "" if answer.likelihood_ratio is None else f"{answer.likelihood_ratio:.6g}"
    told = (answer.relation, "; ".join(answer.notes), "")
    return [*chain((pair.first, pair.second, "yes" if answer.same else "no", f"{answer.probability:.6f}", ratio), told)]
