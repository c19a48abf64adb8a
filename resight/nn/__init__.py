import os
import sys


def _one_thread() -> None:
    """Keeps torch to one thread in a forked child, where OpenMP would wait for ever for its other threads."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_one_thread)
