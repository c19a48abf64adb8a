"""``python -m resight``: the command line where the script ``resight`` is not at hand."""

import sys

from resight.cli import main

sys.exit(main())
