import os
import sys


def _one_thread() -> None:
    """In a forked child OpenMP's threads are missing, and torch would wait for them for ever."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_one_thread)
