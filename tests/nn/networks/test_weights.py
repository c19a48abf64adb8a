"""Weight files: read without running them, fitted leaf by leaf, every fault named."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from resight.errors import ModelError
from resight.nn.networks.weights import digest, fill, read, write

State = dict[str, Tensor]


def _network() -> nn.Sequential:
    network = nn.Sequential()
    network.add_module("conv", nn.Conv2d(3, 2, 1, bias=False))
    network.add_module("norm", nn.BatchNorm2d(2))
    return network


@pytest.fixture
def state() -> State:
    """Leaves of ``_network`` with values of their own and without the norm's counter, as other libraries write them."""
    vectors = {f"norm.{name}": torch.arange(2.0) + i for i, name in enumerate(("weight", "bias", "running_mean"))}
    return {"conv.weight": torch.arange(6.0).reshape(2, 3, 1, 1), "norm.running_var": torch.ones(2), **vectors}


def _wrapped(state: State) -> dict[str, Any]:
    return {"epoch": 3, "state_dict": {f"module.{key}": value for key, value in state.items()}}


WRITERS: dict[str, Callable[[State, Path], None]] = {
    "w.safetensors": lambda state, path: save_file(state, path),
    "half.safetensors": lambda state, path: save_file({k: v.half() for k, v in state.items()}, path),
    "w.pth": lambda state, path: torch.save(state, path),
    "w.pt": lambda state, path: torch.save(state, path),
    "wrapped.pth": lambda state, path: torch.save(_wrapped(state), path),
    "double.pth": lambda state, path: torch.save({k: v.double() for k, v in state.items()}, path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_gives_the_same_float32_tensors(name: str, state: State, tmp_path: Path) -> None:
    WRITERS[name](state, tmp_path / name)
    found = read(tmp_path / name)
    assert found.keys() == state.keys()
    for key, value in state.items():
        assert found[key].dtype == torch.float32
        assert torch.equal(found[key], value)


def test_what_is_written_is_read_back_whole(state: State, tmp_path: Path) -> None:
    network = _network()
    fill(network, state)
    write(network.to(memory_format=torch.channels_last), tmp_path / "w.safetensors")  # type: ignore[call-overload]
    found = read(tmp_path / "w.safetensors")
    assert found.keys() == network.state_dict().keys()
    assert found["norm.num_batches_tracked"].dtype == torch.int64
    assert all(torch.equal(found[key], value) for key, value in state.items())


class _Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_that_would_run_something_is_refused_and_does_not_run(tmp_path: Path) -> None:
    torch.save({"conv.weight": _Bomb(tmp_path / "ran")}, tmp_path / "w.pth")
    with pytest.raises(ModelError, match=r"weights only.*is never run.*state_dict\(\)"):
        read(tmp_path / "w.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.bin", b"", r"ends in '\.bin'; wanted weights as \.safetensors"),
        ("w.safetensors", b"\x08\x00\x00", "not a whole safetensors file"),
        ("w.pth", b"", "cannot be read as weights only"),
        ("w.pt", b"no weights at all", "cannot be read as weights only"),
    ],
)
def test_damaged_files_are_refused(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=message):
        read(tmp_path / name)


def test_a_truncated_file_is_refused(state: State, tmp_path: Path) -> None:
    for name in ("w.safetensors", "w.pth"):
        WRITERS[name](state, tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ModelError, match=r"not a whole|cannot be read"):
            read(tmp_path / name)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"w\.safetensors cannot be written \(.*\): make room, or name another place"):
        write(_network(), tmp_path / "nowhere" / "w.safetensors")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no weight file at .*w\.safetensors"):
        read(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("leaf", "message"),
    [
        (torch.ones(1).expand(30_000, 30_000), r"'a' of shape \(30000, 30000\) has 4 bytes; wanted all of its numbers"),
        (torch.eye(3).to_sparse(), r"'a' is torch\.float32, torch\.sparse_coo on cpu; wanted dense, real numbers"),
        (torch.ones(2, device="meta"), r"'a' is .* on meta; wanted"),
        (torch.ones(2, dtype=torch.complex64), r"'a' is torch\.complex64"),
    ],
)
def test_a_leaf_without_numbers_of_its_own_is_refused(leaf: torch.Tensor, message: str, tmp_path: Path) -> None:
    torch.save({"a": leaf}, tmp_path / "w.pth")
    with pytest.raises(ModelError, match=message):
        read(tmp_path / "w.pth")


def test_an_archive_that_unpacks_to_much_more_is_refused(tmp_path: Path) -> None:
    """As torch writes it, nothing is packed."""
    torch.save({"a": torch.zeros(10_000)}, tmp_path / "w.pth")
    with (
        zipfile.ZipFile(tmp_path / "w.pth") as plain,
        zipfile.ZipFile(tmp_path / "packed.pth", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for entry in plain.infolist():
            packed.writestr(entry.filename, plain.read(entry))
    with pytest.raises(ModelError, match=r"packed\.pth unpacks to 4\d,\d+ bytes; wanted weights as torch\.save"):
        read(tmp_path / "packed.pth")


@pytest.mark.parametrize(
    "content", [{}, {0: torch.ones(2)}, torch.ones(2), {"epoch": 3}, {"state_dict": {"a": torch.ones(2), "b": 1}}]
)
def test_a_file_of_other_things_than_tensors_is_refused(content: Any, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(ModelError, match="wanted tensors by key"):
        read(tmp_path / "w.pth")


def test_numbers_that_overflowed_are_refused(state: State, tmp_path: Path) -> None:
    save_file({**state, "norm.weight": torch.tensor([1.0, 1e6]).half()}, tmp_path / "w.safetensors")
    with pytest.raises(ModelError, match=r"'norm\.weight' holds numbers that are not finite"):
        read(tmp_path / "w.safetensors")


def test_filling_copies_every_leaf_and_needs_no_counter(state: State) -> None:
    network = _network()
    assert fill(network, state) == ()
    assert all(torch.equal(network.state_dict()[key], value) for key, value in state.items())


def test_a_missing_key_names_the_likely_spelling(state: State) -> None:
    state["norm.wieght"] = state.pop("norm.weight")
    with pytest.raises(ModelError) as refused:
        fill(_network(), state)
    assert "'norm.weight' is missing; did you mean 'norm.wieght'?" in str(refused.value)
    assert "'norm.wieght' is not part of the network; did you mean 'norm.weight'?" in str(refused.value)


def test_another_shape_is_named_with_both_shapes(state: State) -> None:
    state["conv.weight"] = torch.zeros(2, 1, 3, 1)
    with pytest.raises(ModelError, match=r"'conv\.weight' is \(2, 1, 3, 1\), wanted \(2, 3, 1, 1\)"):
        fill(_network(), state)


def test_a_refusal_leaves_the_network_as_it_was(state: State) -> None:
    network = _network()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(ModelError):
        fill(network, {**state, "conv.weight": torch.zeros(1)})
    assert all(torch.equal(network.state_dict()[key], value) for key, value in before.items())


def test_keys_are_left_over_only_behind_the_cut(state: State) -> None:
    state |= {"fc.weight": torch.ones(1), "stage4.0.bn1.bias": torch.ones(1)}
    with pytest.raises(ModelError, match=r"'fc\.weight' is not part.*'stage4\.0\.bn1\.bias' is not part"):
        fill(_network(), state)
    assert fill(_network(), state, beyond=("stage4.", "fc.")) == ("fc.weight", "stage4.0.bn1.bias")


def test_many_faults_are_counted(state: State) -> None:
    state |= {f"other.{i}": torch.ones(1) for i in range(7)}
    with pytest.raises(ModelError, match=r"'other\.4' is not part.*and 2 more like it") as refused:
        fill(_network(), state)
    assert "other.5" not in str(refused.value)


def test_a_digest_is_of_the_files_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(b"abc")
    assert digest(tmp_path / "a.pth") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180
    with pytest.raises(ModelError, match="there is no weight file at"):
        digest(tmp_path / "b.pth")
