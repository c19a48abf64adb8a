"""OpenVINO: quiet when imported, exact when pinned, the same from any thread and in any batch."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from resight.errors import ModelError, ShapeError
from resight.runtimes import forking, openvino
from resight.runtimes.openvino import Backbone, convert, quiet_import

REPOSITORY = Path(__file__).resolve().parents[2]
Array = npt.NDArray[Any]


class _Net(nn.Module):
    """Photos (b, h, w, 3) to maps (b, 4, ⌈h / 2⌉, ⌈w / 2⌉) by one drawn convolution."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.register_buffer("kernel", torch.randn(4, 3, 3, 3, generator=generator))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return nn.functional.conv2d(images.permute(0, 3, 1, 2) / 255, self.kernel, stride=2, padding=1)  # type: ignore[arg-type]


def _by_hand(images: Array) -> Array:
    """The convolution of ``_Net`` as loops, in float64."""
    kernel = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(0)).numpy().astype(np.float64)
    padded = np.pad(images / 255, ((0, 0), (1, 1), (1, 1), (0, 0)))
    out = np.zeros((len(images), 4, -(-images.shape[1] // 2), -(-images.shape[2] // 2)))
    for b, c, y, x in np.ndindex(out.shape):
        patch = padded[b, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3]
        out[b, c, y, x] = sum(patch[i, j, k] * kernel[c, k, i, j] for i, j, k in np.ndindex(3, 3, 3))
    return out


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("net") / "backbone.xml"
    convert(_Net(), torch.zeros(1, 8, 8, 3), file)
    return file


@pytest.fixture(scope="module")
def backbone(path: Path) -> Backbone:
    return Backbone(path, threads=1)


def _photos(rng: np.random.Generator, *size: int) -> Array:
    return rng.integers(0, 256, (*size, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(1, 1, 1), (2, 9, 5), (1, 6, 14)])
def test_any_batch_and_size_runs_as_the_loops_do(size: tuple[int, ...], backbone: Backbone) -> None:
    images = _photos(np.random.default_rng(1), *size)
    found = backbone.run(images)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, _by_hand(images), atol=2e-6)


def test_float_and_uint8_are_on_one_scale(backbone: Backbone, rng: np.random.Generator) -> None:
    images = _photos(rng, 2, 7, 9)
    for dtype in (np.float32, np.float64):
        np.testing.assert_array_equal(backbone.run(images.astype(dtype)), backbone.run(images))


def test_views_run_as_their_copies_and_stay_unchanged(backbone: Backbone, rng: np.random.Generator) -> None:
    images = _photos(rng, 4, 8, 8).astype(np.float32)
    images.setflags(write=False)
    view = images[::2, ::-1, :, ::-1]
    np.testing.assert_array_equal(backbone.run(view), backbone.run(view.copy()))


def test_an_answer_is_not_overwritten_by_the_next_run(backbone: Backbone, rng: np.random.Generator) -> None:
    first = backbone.run(_photos(rng, 1, 8, 8))
    kept = first.copy()
    backbone.run(_photos(rng, 1, 8, 8))
    np.testing.assert_array_equal(first, kept)


def _as_in_a_process_that_has_run_nothing() -> Any:
    spec = find_spec(Backbone.__module__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_first_run_goes_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two threads in OpenVINO's first run one might wait for the other for ever."""
    backbone, photos = _as_in_a_process_that_has_run_nothing().Backbone(path), np.zeros((1, 8, 8, 3), np.uint8)
    meeting, entered = threading.Barrier(2, timeout=60), list[str]()
    with ThreadPoolExecutor(2) as threads:

        @contextmanager
        def first() -> Iterator[None]:
            """What a run goes through; while the first is inside, a second one does not come in."""
            monkeypatch.setattr(forking, "held_off", later)
            another = threads.submit(backbone.run, photos)
            with pytest.raises(FutureTimeout):
                another.result(0.1)
            entered.append("first")
            yield

        @contextmanager
        def later() -> Iterator[None]:
            entered.append("later")
            if len(entered) > 2:
                meeting.wait()  # both are inside at once, or neither comes out
            yield

        monkeypatch.setattr(forking, "held_off", first)
        backbone.run(photos)
        list(threads.map(backbone.run, [photos] * 2))
    assert entered == ["first", "later", "later", "later"]


def test_many_threads_share_one_backbone(backbone: Backbone, rng: np.random.Generator) -> None:
    photos = [_photos(rng, 1, 20 + i % 5, 33) for i in range(40)]
    alone = [backbone.run(images) for images in photos]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(backbone.run, photos))
    for found, wanted in zip(together, alone, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("shape", [(8, 8, 3), (1, 8, 8, 1), (1, 3, 8, 8), (0, 8, 8, 3), (1, 0, 8, 3)])
def test_other_shapes_are_refused(shape: tuple[int, ...], backbone: Backbone) -> None:
    with pytest.raises(ShapeError, match=r"images have shape \(.*wanted \(b, h, w, 3\)"):
        backbone.run(np.zeros(shape, np.uint8))


def test_what_openvino_could_choose_is_pinned(path: Path) -> None:
    compiled = Backbone(path, threads=2)._compiled
    found = {name: compiled.get_property(name) for name in ("PERFORMANCE_HINT", "NUM_STREAMS", "ENABLE_CPU_PINNING")}
    assert found == {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
    assert compiled.get_property("INFERENCE_NUM_THREADS") == 2
    assert compiled.get_property("INFERENCE_PRECISION_HINT") == quiet_import().Type.f32


def test_few_kernels_are_kept_for_sizes_met_before(path: Path) -> None:
    """OpenVINO takes this setting, and refuses one that it does not know, but does not tell it."""
    assert openvino._config("f32", 1)["CPU_RUNTIME_CACHE_CAPACITY"] == "64"
    with pytest.raises(RuntimeError, match="CPU_RUNTIME_CACHE"):
        quiet_import().Core().compile_model(path, "CPU", {"CPU_RUNTIME_CACHES": "64"})


def test_all_processors_are_used_where_nobody_says(path: Path) -> None:
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert Backbone(path)._compiled.get_property("INFERENCE_NUM_THREADS") == processors


def test_equal_networks_give_equal_numbers(path: Path, tmp_path: Path) -> None:
    """The .bin is what a model's fingerprint sees; the .xml also counts what this process converted before."""
    convert(_Net(), torch.zeros(1, 9, 7, 3), tmp_path / "net.xml")
    assert (tmp_path / "net.bin").read_bytes() == path.with_suffix(".bin").read_bytes()


def test_numbers_are_written_in_float32(path: Path) -> None:
    """4 · 3 · 3 · 3 weights of 4 bytes, and the few constants of the permutation and the division."""
    assert 432 <= path.with_suffix(".bin").stat().st_size < 600


@pytest.mark.parametrize("suffix", [".xml", ".bin"])
def test_a_missing_file_is_named(suffix: str, path: Path, tmp_path: Path) -> None:
    for kept in {".xml", ".bin"} - {suffix}:
        (tmp_path / "net").with_suffix(kept).write_bytes(path.with_suffix(kept).read_bytes())
    with pytest.raises(ModelError, match=rf"no network file at .*net\{suffix}; wanted the \.xml and the \.bin"):
        Backbone(tmp_path / "net.xml")


def test_numbers_cut_short_are_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "net.xml").write_bytes(path.read_bytes())
    (tmp_path / "net.bin").write_bytes(path.with_suffix(".bin").read_bytes()[:100])
    with pytest.raises(ModelError, match=r"net\.xml, layer 'self\.kernel', has .* 432 bytes at byte .* of 100: make"):
        Backbone(tmp_path / "net.xml")


def test_an_unknown_precision_is_refused(path: Path) -> None:
    with pytest.raises(ModelError, match="Wrong value f33"):
        Backbone(path, precision="f33")


# Silence

WATCHED = """
import sys
from pathlib import Path

seen = []

def watch(event, arguments):
    if event.startswith("socket.") or event in ("os.mkdir", "subprocess.Popen"):
        seen.append(event)
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & 3:
        seen.append(f"{event} {arguments[0]}")

sys.addaudithook(watch)
"""
"""Notes in ``seen`` every file that Python opens for writing, every folder it makes and all it asks of the network."""


def _fresh(code: str, home: Path) -> str:
    """What a fresh interpreter prints with an empty HOME, no CI variables and warnings as errors."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-B", "-W", "error", "-c", WATCHED + code]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_and_compilation_ask_no_host_and_write_nothing(home: Path, path: Path) -> None:
    code = f"""
from resight.runtimes import forking, openvino
from resight.runtimes.openvino import Backbone
Backbone({str(path)!r}, threads=1)
print(seen, sorted(name for name in sys.modules if name.startswith("openvino_telemetry")))
"""
    assert _fresh(code, home) == "[] []"
    assert list(home.iterdir()) == []


def test_conversion_sends_through_the_stand_in_alone(home: Path) -> None:
    """Every module of openvino that holds a way to send statistics holds the empty one."""
    code = """
from resight.runtimes.openvino import quiet_import
quiet_import()
print({module.tm.__name__ for name, module in sys.modules.items() if name[:8] == "openvino" and hasattr(module, "tm")})
"""
    assert _fresh(code, home) == "{'openvino.tools.ovc.telemetry_stub'}"


def test_a_conversion_writes_nothing_into_home(home: Path, tmp_path: Path) -> None:
    convert(_Net(), torch.zeros(1, 8, 8, 3), tmp_path / "net.xml")
    assert list(home.iterdir()) == []
    assert not any(name.startswith("openvino_telemetry") for name in sys.modules)


def test_without_quiet_import_openvino_does_write(home: Path) -> None:
    """So that the tests above are known to be able to fail; what it asks of the network is refused."""
    pytest.importorskip("openvino_telemetry", reason="needs the telemetry package that openvino brings")
    code = """
def refuse(event, arguments):
    if event.startswith("socket."):
        raise OSError("no network in this test")

sys.addaudithook(refuse)
import openvino
print("os.mkdir" in seen)
"""
    assert _fresh(code, home) == "True"
    assert list(home.iterdir()) != []


def test_importing_leaves_the_telemetry_package_to_others(home: Path) -> None:
    code = """
import openvino_telemetry
from resight.runtimes.openvino import quiet_import
quiet_import()
print(sys.modules["openvino_telemetry"] is openvino_telemetry, quiet_import() is sys.modules["openvino"])
"""
    assert _fresh(code, home) == "True True"
