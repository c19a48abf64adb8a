"""Requests made from the OpenAPI document, right ones and wrong ones, sent to a service by schemathesis.

    python benchmarks/fuzz_service.py museum.gallery --seconds 120

Every answer is held against the document: a status that it does not name, a body or header of another form, a wrong
request that is taken, a right one that is refused, and any 500 is a fault, and the exit status is that of schemathesis.
The service changes a copy of the gallery. It needs schemathesis (``pip install schemathesis==4.32.5``).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from running.service import serving

UNSUITED = ("positive_data_acceptance", "missing_required_header")
"""Checks that are left out: a photo made at random is a wrong one, which the document cannot say, and no header is
required where the service asks for no key."""


def main(arguments: argparse.Namespace) -> int:
    """The exit status of schemathesis."""
    with tempfile.TemporaryDirectory(prefix="resight-") as folder:
        gallery = Path(folder, "fuzzed.gallery")
        shutil.copy(arguments.gallery, gallery)
        with serving(gallery, arguments.port):
            command = [
                str(Path(sys.executable).with_name("schemathesis")),
                *("run", f"http://127.0.0.1:{arguments.port}/v1/openapi.json"),
                *("--checks", "all", "--exclude-checks", ",".join(UNSUITED)),
                *("--max-time", str(arguments.seconds), "--generation-deterministic", "--continue-on-failure"),
                *("--warnings", "off", "--request-timeout", "60", "--max-response-time", "60"),
            ]
            return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("gallery", type=Path, metavar="GALLERY")
    options.add_argument("--seconds", type=int, default=120, metavar="N", help="of sending (120)")
    options.add_argument("--port", type=int, default=8769, metavar="N")
    raise SystemExit(main(options.parse_args()))
