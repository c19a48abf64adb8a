"""A worker alone; that several agree is tested where they train together."""

from __future__ import annotations

import math

import pytest
import torch
from torch import distributed, nn

from resight.errors import TrainingError
from resight.nn.loop.distributed import joined, require_alone, together


def test_a_worker_alone_leads_and_agrees_with_itself() -> None:
    worker = joined("cpu")
    assert (worker.rank, worker.count, worker.device) == (0, 1, torch.device("cpu"))
    assert worker.leads
    module = nn.Linear(2, 2)
    assert worker.parallel(module) is module
    assert [worker.any(flag) for flag in (False, True)] == [False, True]
    assert worker.broadcast(0.1) == 0.1
    assert math.isnan(worker.broadcast(math.nan))
    assert worker.mean(torch.tensor([1.0, 3.0])).tolist() == [1.0, 3.0]
    worker.meet()
    assert not distributed.is_initialized()


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"there is no GPU .*: train with device=cpu"):
        joined("cuda")


def test_a_gpu_is_taken_where_there_is_one() -> None:
    assert joined().device.type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_what_is_heard_of_a_worker_that_has_gone_is_told() -> None:
    heard = "[../gloo/transport/tcp/pair.cc:534] Connection closed by peer"
    for error in (RuntimeError(heard), distributed.DistNetworkError("timed out")):
        with pytest.raises(TrainingError, match="another worker has ended: see what it said"), together():
            raise error
    with pytest.raises(RuntimeError, match="shapes do not fit"), together():
        raise RuntimeError("shapes do not fit")


def test_several_workers_are_refused_by_what_knows_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for count in ("1", None, "2"):
        monkeypatch.delenv("WORLD_SIZE", raising=False)
        if count is not None:
            monkeypatch.setenv("WORLD_SIZE", count)
        if count == "2":
            with pytest.raises(TrainingError, match="started 2 workers, and the recipe learns in one: run the command"):
                require_alone("the recipe")
        else:
            require_alone("the recipe")
