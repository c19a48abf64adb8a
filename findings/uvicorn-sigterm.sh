#!/usr/bin/env bash
# uvicorn raises the signal that it was ended by once more: after an orderly end the process dies of SIGTERM.
#
# uvicorn 0.54.0 on CPython 3.11.7, Linux:
#   SIGTERM to a server of uvicorn.run(app) ends requests and the lifespan in order, and then the process ends with -15 and
#   not with 0; what comes after uvicorn.run() is never done. Server.capture_signals sets the handlers of before back and
#   calls signal.raise_signal for each that came, and the default for SIGTERM is to die. SIGINT becomes KeyboardInterrupt
#   there, which uvicorn.run catches: the process goes on and ends with 0. A handler of one's own, even one that does
#   nothing, set before uvicorn.run, is what is set back, and makes SIGTERM end with 0 as well.
# Seen: "as described". Ends with 1 where that has changed.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uvicorn==0.54.0

cat > "$folder/app.py" <<'PY'
import signal
import sys

import uvicorn


async def app(scope, receive, send):
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            print("in order", end=" ", flush=True)
            return


if sys.argv[1] == "handler":
    signal.signal(signal.SIGTERM, lambda *_: None)
uvicorn.run(app, port=0)
print("went on", end=" ", flush=True)
PY

cat > "$folder/end.py" <<'PY'
import signal
import subprocess
import sys

for handler, number in (("none", signal.SIGTERM), ("none", signal.SIGINT), ("handler", signal.SIGTERM)):
    command = [sys.executable, sys.argv[1], handler]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while "running on" not in process.stderr.readline():
            pass
        process.send_signal(number)
        told, _ = process.communicate(timeout=60)
    print(handler, number.name, f"{told.strip()}:", process.returncode)
PY

found=$("$folder/venv/bin/python" "$folder/end.py" "$folder/app.py")
wanted="none SIGTERM in order: -15
none SIGINT in order went on: 0
handler SIGTERM in order went on: 0"
[ "$found" = "$wanted" ] && echo "as described" || { echo "changed: $found"; exit 1; }
