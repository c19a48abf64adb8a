"""Metrics of a service, as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


@final
class Metrics:
    """The metrics of one service.

    Attributes
    ----------
    requests : answered, by route, method and status.
    seconds : that a request took, by route.
    waited, worked : seconds that photos waited for a worker, and that they took then.
    refused : requests that were not answered: the queue was "full", or they came too "late".
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        names = ("route", "method", "status")
        self.requests = Counter("resight_requests", "Requests answered.", names, registry=self._registry)
        self.seconds = self._histogram("request_seconds", "Time of a request.", "route")
        self.waited = self._histogram("queue_wait_seconds", "Wait for a worker.")
        self.worked = self._histogram("work_seconds", "Work on a photo.")
        words = "Requests that the queue refused."
        self.refused = Counter("resight_refused", words, ("reason",), registry=self._registry)

    def watch(self, name: str, words: str, value: Callable[[], float]) -> None:
        """Tell a number that is looked up when somebody asks."""
        Gauge(f"resight_{name}", words, registry=self._registry).set_function(value)

    def _histogram(self, name: str, words: str, *labels: str) -> Histogram:
        return Histogram(f"resight_{name}", words, labels, buckets=SECONDS, registry=self._registry)

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._registry)
