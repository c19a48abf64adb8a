"""``resight recipe``: fit again what ships with resight, and run again what papers report."""

from __future__ import annotations

from resight.cli.terminal.command import Commands
from resight.cli.terminal.options import examples

from . import digits, evidence, house, landmarks, museum, pairs, places, verifier, vocabulary

app = Commands(no_args_is_help=True)


@app.callback(
    epilog=examples(
        "resight recipe vocabulary everyday-photos -o vocabulary.npz",
        "resight recipe evidence everyday-photos -o evidence.json",
        "resight recipe museum museum-set --weights weights --work work",
    )
)
def recipe() -> None:
    """Fit again what ships, and run what papers report.

    A photo that cannot be read, a closed folder or a wrong row of a table is told, the rest is used, and the exit
    status is 1.
    """


app.command(epilog=vocabulary.EXAMPLES)(vocabulary.vocabulary)
app.command(epilog=evidence.EXAMPLES)(evidence.evidence)
app.command(epilog=verifier.EXAMPLES)(verifier.verifier)
app.command(epilog=house.EXAMPLES)(house.house)
app.command(epilog=landmarks.EXAMPLES)(landmarks.landmarks)
app.command(epilog=museum.EXAMPLES)(museum.museum)
app.command(epilog=pairs.EXAMPLES)(pairs.pairs)
app.command(epilog=digits.EXAMPLES)(digits.digits)
app.command(epilog=places.EXAMPLES)(places.places)
