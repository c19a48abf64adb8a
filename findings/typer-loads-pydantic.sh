#!/usr/bin/env bash
# Typer 0.29.0 and later load pydantic whenever a command with an option runs, even with its --help; the help of the
# program itself does without. Typer 0.29.2 with pydantic 2.14.4, and 0.28.0, which needs no pydantic.
#
# Expected: values of a command line are converted by Click's types, as up to 0.28.0, which never loads pydantic. Seen:
# 0.29.2 requires it, and loads it before a command whose option is an int, or before its help is printed, in about 100 ms
# of the processor. Ends with 1 where that has changed.
#
# What this project does with it: `resight --help` names the commands and nothing more, and stays quick; that pydantic is
# loaded with every command is in the table of imports in docs/benchmarks.md.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cat > "$folder/program.py" <<'END'
import sys

import typer

app = typer.Typer()


@app.command()
def count(number: int = 1) -> None:
    pass


@app.callback()
def program() -> None:
    pass


try:
    app(sys.argv[1:])
except SystemExit:
    print("pydantic" in sys.modules)
END
said() {
    "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "typer==$1" pydantic==2.14.4
    for arguments in "--help" "count --help" "count --number 3"; do
        "$folder/venv/bin/python" "$folder/program.py" $arguments | tail -1
    done | tr '\n' ' '
}
old=$(said 0.28.0)
new=$(said 0.29.2)
echo "0.28.0: $old; 0.29.2: $new"
[ "$old" = "False False False " ] && [ "$new" = "False True True " ]
