"""Weight files: reading them without running anything in them, fitting them to a network, writing them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from resight.errors import ModelError, suggestion

State = dict[str, Tensor]

_WRAPPERS: Final = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts put the weights beside epoch and optimiser."""

_PACKED: Final = 10
"""Factor by which an archive may unpack larger than its file."""

_SHOWN: Final = 5
"""Faults of one kind that an error names before it counts the rest."""


def read(file: str | Path) -> State:
    """Tensors by key of a .safetensors, .pth or .pt file; floating ones, float16 included, as float32.

    A .pth is read by ``torch.load(weights_only=True)``, which refuses everything but tensors and plain containers. One
    wrapping dictionary and the ``module.`` of data-parallel training are taken off. Raises ModelError for a file that
    is missing, damaged, not of these kinds, or holds anything but whole tensors of real, finite numbers.
    """
    path = _present(file)
    loaded = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickled(path)
    for key, value in loaded.items():
        _require_whole(key, value, path)
    state = {key: value.float() if value.is_floating_point() else value for key, value in loaded.items()}
    for key, value in state.items():
        if not torch.isfinite(value).all():
            raise ModelError(
                f"{path}: {key!r} holds numbers that are not finite; wanted finite weights: "
                "write the file again, in float32 if float16 was too small for it"
            )
    return state


def _require_whole(key: str, value: Tensor, path: Path) -> None:
    """Raises ModelError for a tensor without numbers of its own: a few bytes may stand for more than memory holds."""
    if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized or value.is_complex():
        raise ModelError(
            f"{path}: {key!r} is {value.dtype}, {value.layout} on {value.device}; wanted dense, real numbers: "
            "write the file again from the network's state_dict()"
        )
    if value.numel() * value.element_size() > (held := value.untyped_storage().nbytes()):
        raise ModelError(
            f"{path}: {key!r} of shape {tuple(value.shape)} has {held:,} bytes; wanted all of its numbers: write the "
            "file again, from a clone of each tensor"
        )


def digest(file: str | Path) -> str:
    """SHA-256 of a weight file, in hexadecimal; raises ModelError for one that is missing."""
    path = _present(file)
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): check its permissions and the disk") from error


def _present(file: str | Path) -> Path:
    path = Path(file)
    if not path.is_file():
        raise ModelError(f"there is no weight file at {path}; wanted a .safetensors, .pth or .pt file: check the path")
    return path


def _read_safetensors(path: Path) -> State:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is not a whole safetensors file ({error}): copy or download it again") from error


def _read_pickled(path: Path) -> State:
    if path.suffix not in (".pth", ".pt"):
        raise ModelError(f"{path} ends in {path.suffix!r}; wanted weights as .safetensors, .pth or .pt")
    try:
        _require_unpacked(path)
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except ModelError:
        raise
    except Exception as error:  # for damaged bytes the unpickler raises whatever comes
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelError(
            f"{path} cannot be read as weights only ({reason}); wanted tensors by key: "
            "a file that holds a whole pickled network is never run; save its state_dict() or a safetensors file"
        ) from error
    return _unwrap(loaded, path)


def _require_unpacked(path: Path) -> None:
    """Raises ModelError where an archive, which torch writes without packing it, unpacks to much more than it is."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > _PACKED * path.stat().st_size:
        raise ModelError(
            f"{path} unpacks to {unpacked:,} bytes; wanted weights as torch.save writes them: save it again"
        )


def _unwrap(loaded: Any, path: Path) -> State:
    """The tensors by key inside at most one wrapping dictionary, without a ``module.`` that all keys share."""
    inner = next((loaded[key] for key in _WRAPPERS if isinstance(loaded, dict) and key in loaded), loaded)
    leaves = inner.items() if isinstance(inner, Mapping) else ()
    if not leaves or not all(isinstance(key, str) and isinstance(value, Tensor) for key, value in leaves):
        raise ModelError(
            f"{path} holds {type(inner).__name__} with other things than tensors, or none; wanted tensors by key, "
            "alone or under 'state_dict': save the network's state_dict()"
        )
    shared = all(key.startswith("module.") for key in inner)
    return {key.removeprefix("module.") if shared else key: value for key, value in inner.items()}


def fill(network: nn.Module, state: Mapping[str, Tensor], *, beyond: Sequence[str] = ()) -> tuple[str, ...]:
    """Copy ``state`` into ``network``, leaf by leaf; returns the keys that were left over, sorted.

    Every leaf of the network must be there in its shape, but for the counters of norms, which inference does not use.
    What is left over must begin with one of ``beyond``, the layers that the network was cut before. Raises ModelError
    that names each leaf with expected and found shape, and likely spellings of missing and unexpected keys.
    """
    if faults := misfits(network, state, beyond=beyond):
        raise ModelError("the weights do not fit the network: " + "; ".join(faults))
    wanted = network.state_dict()
    network.load_state_dict({key: state[key] for key in wanted if key in state}, strict=False)
    return tuple(sorted(state.keys() - wanted.keys()))


def misfits(network: nn.Module, state: Mapping[str, Tensor], *, beyond: Sequence[str] = ()) -> list[str]:
    """Reasons why `fill` would refuse these weights, a few leaves of each kind; nothing where they fit."""
    wanted = network.state_dict()
    unexpected = sorted(key for key in state.keys() - wanted.keys() if not key.startswith(tuple(beyond)))
    return [*_missing(wanted, state, unexpected), *_misshapen(wanted, state), *_unexpected(unexpected, wanted)]


def _missing(wanted: State, state: Mapping[str, Tensor], unexpected: Sequence[str]) -> Iterator[str]:
    lost = [key for key in wanted if key not in state and not key.endswith(".num_batches_tracked")]
    yield from _some(lost, lambda key: f"{key!r} is missing{suggestion(key, unexpected)}")


def _misshapen(wanted: State, state: Mapping[str, Tensor]) -> Iterator[str]:
    odd = [key for key in wanted if key in state and wanted[key].shape != state[key].shape]
    yield from _some(odd, lambda key: f"{key!r} is {tuple(state[key].shape)}, wanted {tuple(wanted[key].shape)}")


def _unexpected(unexpected: Sequence[str], wanted: State) -> Iterator[str]:
    yield from _some(unexpected, lambda key: f"{key!r} is not part of the network{suggestion(key, wanted)}")


def _some(keys: Sequence[str], say: Any) -> Iterator[str]:
    yield from map(say, keys[:_SHOWN])
    if len(keys) > _SHOWN:
        yield f"and {len(keys) - _SHOWN} more like it"


def write(network: nn.Module, file: Path, *, half: bool = False) -> None:
    """Writes all leaves of a network as a safetensors file, to train further or to cut elsewhere; ``half`` writes
    float16.

    Raises ModelError where the disk refuses.
    """
    try:
        save_file({key: _kept(value, half) for key, value in network.state_dict().items()}, file)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{file} cannot be written ({error}): make room, or name another place") from error


def _kept(leaf: Tensor, half: bool) -> Tensor:
    return (leaf.half() if half and leaf.is_floating_point() else leaf).detach().cpu().contiguous()
