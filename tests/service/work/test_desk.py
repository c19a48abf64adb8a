"""The queue is bounded, fair, and gives up what takes too long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from resight.service.safety.decoder import Decoder
from resight.service.terms.problem import Problem
from resight.service.terms.settings import Settings
from resight.service.work.desk import Desk
from resight.service.work.metrics import Metrics


@pytest.fixture(autouse=True)
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decoder, "start", lambda self: None)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_first_come_first_served_and_no_more_than_fit(gate: threading.Event) -> None:
    desk, served = Desk(Settings({}, workers=1, waiting=3), Metrics()), list[int]()

    async def asked() -> None:
        begun = threading.Event()

        def hold(decoder: Decoder) -> None:
            begun.set()
            gate.wait(10)

        first = asyncio.create_task(desk.ask(hold))
        await asyncio.to_thread(begun.wait, 10)
        rest = [asyncio.create_task(desk.ask(lambda decoder, n=n: served.append(n))) for n in range(3)]  # type: ignore[misc]
        await asyncio.sleep(0)
        assert desk.waiting == 3
        with pytest.raises(Problem) as full:
            await desk.ask(lambda decoder: None)
        assert full.value.status == 429
        assert full.value.retry_after is not None

        desk._waiting, desk._seconds = 1, 31.0  # whose turn would not come in time is not kept waiting for that
        with pytest.raises(Problem, match="too many requests wait"):
            await desk.ask(lambda decoder: None)
        desk._waiting, desk._seconds = 3, 0.1
        rest[1].cancel()  # a client that leaves is not worked for
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, rest[0], rest[2])

    asyncio.run(asked())
    assert served == [0, 2]
    desk.close()


def test_what_takes_too_long_is_told_and_errors_come_through(gate: threading.Event) -> None:
    desk = Desk(Settings({}, workers=1, deadline=0.05), Metrics())

    async def asked() -> None:
        with pytest.raises(Problem) as late:
            await desk.ask(lambda decoder: gate.wait(10))
        assert late.value.status == 503
        gate.set()

        def broken(decoder: Decoder) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await desk.ask(broken)

    asyncio.run(asked())
    desk.close()
    with pytest.raises(Problem, match="the service is ending"):
        asyncio.run(desk.ask(lambda decoder: None))
