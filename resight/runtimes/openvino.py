"""OpenVINO: the one place that imports it, converts networks for it and runs them."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from resight.errors import ModelError, ShapeError
from resight.types import Array

from . import forking, network_file, processors, signal_stack

_TELEMETRY: Final = "openvino_telemetry"
_IMPORT_LOCK = threading.Lock()

_FIRST = threading.Lock()
_begun = threading.Event()
"""The first run of a process goes alone. In it OpenVINO's binding sets up what it keeps, and lets go of Python's lock
half-way: of two threads there one would hold that lock and wait for the other, and the other would wait for the lock.
"""


def _begin_anew() -> None:
    """Begins anew in a forked child: nobody imports there, and the first run is still to come, unless it was done."""
    global _FIRST, _IMPORT_LOCK
    _FIRST, _IMPORT_LOCK = threading.Lock(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)

_SHAPES: Final = 64
"""Kernels that are kept for sizes of photos met before; of OpenVINO's own 5,000 a process grows by hundreds of MB."""


def quiet_import() -> ModuleType:
    """The ``openvino`` module, without its telemetry.

    On import, and at every conversion, OpenVINO writes an identity into HOME and looks up a host for statistics, unless
    its telemetry package cannot be imported: then its own stand-in takes that place. So that package is hidden while
    openvino is first imported, and found again afterwards. Where another library imported openvino before, that choice
    was theirs and stays.
    """
    with forking.held_off(), _IMPORT_LOCK:
        hidden = {name: sys.modules[name] for name in (_TELEMETRY,) if name in sys.modules}
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # the import system's own way to say "not there"
        try:
            import openvino
        finally:
            del sys.modules[_TELEMETRY]
            sys.modules.update(hidden)
    return openvino


def convert(module: Any, example: Any, path: Path, *, half: bool = False) -> None:
    """Write a torch module, seen only as an object, as ``path`` (.xml) and its numbers beside it (.bin), in float32.

    ``half`` writes float16 in half the bytes; what is computed in is the runtime's affair. ``example (1, h, w, 3)`` is
    traced; batch, height and width of the result are free. Equal networks give an equal .bin; names in the .xml count
    what was converted before.
    """
    openvino = quiet_import()
    with warnings.catch_warnings():
        # openvino traces with torch.jit, which torch calls deprecated; its successor torch.export warns as well.
        warnings.filterwarnings("ignore", r"`torch\.jit\..*` is deprecated", DeprecationWarning)
        model = openvino.convert_model(module, example_input=example, input=[-1, -1, -1, 3])
    openvino.save_model(model, path, compress_to_fp16=half)


def convolutions(path: Path) -> list[tuple[Array, Array]]:
    """Kernels ``(o, i, h, w)`` and biases ``(o,)`` of a network's convolutions, float32, in the order of computing.

    A conversion folds each norm into the convolution before it, and leaves out a bias of zero. Raises ModelError for a
    kernel that is computed.
    """
    found = []
    for operation in quiet_import().Core().read_model(path).get_ordered_ops():
        if operation.get_type_name() != "Convolution":
            continue
        [target, *_] = operation.output(0).get_target_inputs()
        after = target.get_node()
        added = after.input_values() if after.get_type_name() == "Add" else []
        kernel, biases = _constant(operation.input_value(1)), [_constant(each) for each in added]
        if kernel is None:
            raise ModelError(f"{path} computes the kernels of a convolution; wanted numbers: name another model")
        bias = next((one.ravel() for one in biases if one is not None), np.zeros(len(kernel), np.float32))
        found.append((kernel, bias))
    return found


def _constant(output: Any) -> Array | None:
    """The numbers that an operation is given, as they are stored or widened; None for what is computed."""
    node = output.get_node()
    if node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    return np.array(node.data, np.float32) if node.get_type_name() == "Constant" else None


class Backbone:
    """A network that OpenVINO runs on the CPU; any number of threads may share it.

    ``precision`` is pinned, since OpenVINO otherwise takes bfloat16 wherever the processor has it, and descriptors of
    two machines would no longer meet. ``threads`` are shared by all calls at a time; None is one per processor.
    """

    def __init__(self, path: str | Path, *, precision: str = "f32", threads: int | None = None) -> None:
        self._path = Path(path)
        self._compiled = _compile(self._path, _config(precision, threads))
        self._local = threading.local()

    def run(self, images: Array) -> Array:
        """Prepared photos ``(b, h, w, 3)``, uint8 or float in [0, 255], to maps ``(b, c, h', w')`` float32.

        Raises ShapeError for arrays of another shape or without a pixel, and ModelError where the network does not take
        what such an array holds.
        """
        if images.ndim != 4 or images.shape[3] != 3 or images.size == 0:
            raise ShapeError(f"images have shape {images.shape}; wanted (b, h, w, 3) with b, h and w at least 1")
        if _begun.is_set():
            return self._maps(images)
        with _FIRST:
            maps = self._maps(images)
            _begun.set()
            return maps

    def _maps(self, images: Array) -> Array:
        try:
            with forking.held_off():
                request = self._request()
                request.infer([np.ascontiguousarray(images, np.float32)], share_inputs=True)
                return request.get_output_tensor(0).data.copy()
        except RuntimeError as error:
            shape = " × ".join(map(str, images.shape))
            raise _refused(self._path, error, f"on photos of {shape} numbers ") from error

    def _request(self) -> Any:
        """The calling thread's own request: one request holds the buffers of one run."""
        if not hasattr(self._local, "request"):
            self._local.request = self._compiled.create_infer_request()
        return self._local.request


def _config(precision: str, threads: int | None) -> dict[str, str]:
    """A configuration that leaves OpenVINO no choice: one stream of these threads, none pinned to a processor."""
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "INFERENCE_NUM_THREADS": str(threads or processors.available()),
        "ENABLE_CPU_PINNING": "NO",  # pinned threads of two processes would share a processor while another idles
        "CPU_RUNTIME_CACHE_CAPACITY": str(_SHAPES),
    }


def _compile(path: Path, config: dict[str, str]) -> Any:
    for file in (path, path.with_suffix(".bin")):
        if not file.is_file():
            raise ModelError(
                f"there is no network file at {file}; wanted the .xml and the .bin beside it: check the path"
            )
    network_file.require_sound(path)
    try:
        with forking.held_off(), signal_stack.kept():
            return quiet_import().Core().compile_model(path, "CPU", config)
    except RuntimeError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: RuntimeError, what: str = "") -> ModelError:
    reason = next(iter(str(error).strip().splitlines()[::-1]), type(error).__name__)
    return ModelError(f"OpenVINO cannot run {path} {what}({reason}): make the model again from its weights")
