"""What a child of a test begins with, loaded once for all of them; imported for that alone."""

from contextlib import suppress

from resight.errors import MissingExtra
from resight.indexing import index as index
from resight.runtimes.openvino import quiet_import
from tests import galleries as galleries

quiet_import()
with suppress(ImportError, MissingExtra):
    from resight.recipes.house import recipe as recipe
    from resight.training import finetune as finetune
