"""Long work of a service: where it stands, and how it is stopped."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, final

from resight.service.terms.problem import Problem

KEPT: Final = 50
"""Jobs that are remembered."""

WAITING, RUNNING, DONE, STOPPED, FAILED = "waiting", "running", "done", "stopped", "failed"


@dataclass(slots=True)
class Job:
    """Long work.

    Attributes
    ----------
    id, kind, gallery : which it is, what it does and of which gallery.
    state : "waiting", "running", "done", "stopped" or "failed".
    stage, done, total : how far it is.
    told : what came of it, in words.
    """

    id: int
    kind: str
    gallery: str
    state: str = WAITING
    stage: str = ""
    done: int = 0
    total: int = 0
    told: str = ""
    stopping: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in (DONE, STOPPED, FAILED)

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        where = {"stage": self.stage, "done": self.done, "total": self.total}
        return {
            "id": self.id,
            "kind": self.kind,
            "gallery": self.gallery,
            "state": self.state,
            **where,
            "told": self.told,
        }


@final
class Jobs:
    """The jobs of a service, the newest of which are remembered."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[int, Job] = OrderedDict()
        self._numbers = count(1)
        self._lock = threading.Lock()

    def new(self, kind: str, gallery: str) -> Job:
        """A job that waits."""
        with self._lock:
            job = Job(next(self._numbers), kind, gallery)
            self._jobs[job.id] = job
            for old in [id for id, one in self._jobs.items() if one.is_over][: max(0, len(self._jobs) - KEPT)]:
                del self._jobs[old]
        return job

    def all(self) -> list[Job]:
        """The jobs, the newest first."""
        return list(reversed(self._jobs.values()))

    def get(self, id: int) -> Job:
        """The job of an id; raises Problem for none."""
        try:
            return self._jobs[id]
        except KeyError:
            raise Problem(404, "there is no such job", found=str(id), remedy="/v1/jobs lists them") from None
