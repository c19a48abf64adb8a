"""libtiff's own complaints: it writes them to the process's standard error, without the name of the photo."""

from __future__ import annotations

import ctypes
from functools import cache


@cache
def silence() -> bool:
    """Give the libtiff that Pillow decodes with no handler of errors; whether it was found.

    Pillow takes the handler of warnings away with every photo, and leaves that of errors; what they lead to is an
    exception all the same. The function is libtiff's, found through Pillow's module that is linked to it. Where it is
    linked in statically, as on Windows, it cannot be found and the complaints stay.
    """
    from PIL import _imaging

    try:
        handler = ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler
    except (AttributeError, OSError):
        return False
    handler.restype, handler.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    handler(None)
    return True
