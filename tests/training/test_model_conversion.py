"""Weights to a model folder and back: what lies in it, what is proved, what is refused, and where training starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from resight.errors import ModelError, TrainingError
from resight.io import model_folder
from resight.io.model_card import ModelCard
from resight.io.model_folder import Model
from resight.nn.backbones.house import house
from resight.nn.backbones.resnet_v2 import resnet_v2
from resight.nn.networks import architectures
from resight.nn.networks.architectures import Architecture
from resight.runtimes.openvino import Backbone, convert, quiet_import
from resight.training import model_conversion
from resight.training.model_conversion import (
    TOLERANCE,
    disagreement,
    from_weights,
    package,
    prove,
    starting_model,
    trainable_network,
)
from resight.types import Preprocess
from tests.training.small_house import NAME

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def tiny() -> Iterator[Architecture]:
    """An architecture called "tiny": two stages, 32 channels, stride 8, other statistics than the usual."""
    plan = Architecture(lambda: resnet_v2((1, 2), 4), "relu_out", ("fc.",), (0.5, 0.4, 0.3), (0.2, 0.25, 0.3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(architectures.ARCHITECTURES, "tiny", plan)
        yield plan


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A float16 file for "tiny" with drawn weights of its own, and a classifier behind them."""
    state = resnet_v2((1, 2), 4, rng=np.random.default_rng(7)).state_dict()
    halves = {key: leaf.half() for key, leaf in state.items() if leaf.is_floating_point()}
    file = tmp_path_factory.mktemp("weights") / "tiny_weights.safetensors"
    save_file({**halves, "fc.weight": torch.ones(10, 32)}, file)
    return file


@pytest.fixture(scope="module")
def model(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return from_weights("tiny", weights, folder=tmp_path_factory.mktemp("models") / "tiny", long_side=96)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_weight_file_becomes_a_model_folder(model: Model, tiny: Architecture) -> None:
    assert _names(model.folder) == ["backbone.bin", "backbone.safetensors", "backbone.xml", "model.json"]
    card = model_folder.load(model.folder).card
    assert card == model.card
    assert (card.name, card.architecture, card.cut) == ("tiny-relu_out", "tiny", "relu_out")
    assert (card.channels, card.stride, card.precision) == (32, 8, "f32")
    assert card.preprocess == Preprocess(long_side=96, mean=tiny.mean, std=tiny.std)
    assert card.config == {"weights": "tiny_weights.safetensors", "unused": ["fc"]}
    assert card.versions.keys() == {"resight", "openvino", "torch"}


def test_the_folder_runs_as_torch_does(
    model: Model, tiny: Architecture, weights: Path, rng: np.random.Generator
) -> None:
    """The normalisation is written out here: (x / 255 − mean) / std per channel, channels first."""
    network = resnet_v2((1, 2), 4)
    missing = network.load_state_dict({k: v.float() for k, v in load_file(weights).items()}, strict=False).missing_keys
    assert all(key.endswith("num_batches_tracked") for key in missing)
    images = rng.integers(0, 256, (2, 45, 70, 3), dtype=np.uint8)
    normalised = ((images / 255 - tiny.mean) / tiny.std).transpose(0, 3, 1, 2).astype(np.float32)
    with torch.inference_mode():
        wanted = network(torch.from_numpy(normalised)).numpy()
    found = Backbone(model.backbone).run(images)
    assert np.abs(wanted).max() > 0.1
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4 * np.abs(wanted).max())


def test_the_weights_to_train_further_are_those_up_to_the_cut(weights: Path, model: Model, tmp_path: Path) -> None:
    part = from_weights("tiny", weights, folder=tmp_path / "model", cut="stage2.0", name="mine")
    kept, given = load_file(tmp_path / "model" / "backbone.safetensors"), load_file(weights)
    assert part.card.name == "mine"
    assert part.card.config["unused"] == ["bn_out", "fc", "stage2.1"]
    assert {key for key in kept if "tracked" not in key} == {
        key for key in given if not key.startswith(("stage2.1", "bn_out", "fc"))
    }
    assert all(torch.equal(kept[key], given[key].float()) for key in kept if "tracked" not in key)
    assert part.fingerprint != model.fingerprint


def test_the_same_weights_give_the_same_fingerprint_in_a_folder_named_after_network_and_cut(
    weights: Path, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    again = from_weights("tiny", weights, long_side=96)
    assert again.folder == Path("tiny-relu_out")
    assert _names(tmp_path) == ["tiny-relu_out"]
    assert again.fingerprint == model.fingerprint


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "tinny"}, r"no architecture is called 'tinny'; did you mean 'tiny'\?"),
        ({"cut": "stage3"}, r"no layer is called 'stage3'; did you mean 'stage2'\?"),
        ({"file": "missing.pth"}, r"no weight file at missing\.pth"),
        ({"architecture": "resnet50v2"}, r"the weights are those of another network; they fit tiny: name that"),
    ],
)
def test_a_refusal_leaves_nothing_behind(changes: dict[str, str], message: str, weights: Path, tmp_path: Path) -> None:
    options = {"architecture": "tiny", "file": str(weights), **changes}
    with pytest.raises(ModelError, match=message):
        from_weights(options.pop("architecture"), options.pop("file"), folder=tmp_path / "model", **options)  # type: ignore[arg-type]
    assert _names(tmp_path) == []


def test_an_existing_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="exists already"):
        from_weights("resnet50v2", "missing.pth", folder=tmp_path)


def test_a_long_side_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="long_side is 0; wanted 1 to"):
        from_weights("resnet50v2", "missing.pth", long_side=0)


def test_without_torch_the_extra_is_named(home: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from resight.training.model_conversion import from_weights\n"
        "from resight.errors import MissingExtra\n"
        "try: from_weights('resnet50v2', 'w.pth')\n"
        "except MissingExtra as error: print(error)\n"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.startswith('reading weights needs torch: pip install "resight[train]", which on Linux brings')


# The proof


def _card(**changes: object) -> ModelCard:
    card = ModelCard("tiny", "tiny", "relu_out", 32, 8, Preprocess(mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2)))
    return replace(card, **changes)  # type: ignore[arg-type]


def test_a_trained_network_is_packaged_with_its_arrays_and_metrics(tmp_path: Path) -> None:
    arrays = {"mean": np.arange(4.0)}
    model = package(resnet_v2((1,), 4), tmp_path / "model", card=_card(), arrays=arrays, metrics={"map": 0.5})
    assert model.metrics == {"map": 0.5}
    np.testing.assert_array_equal(model.arrays["mean"], arrays["mean"])


def test_half_precision_takes_half_the_bytes_and_runs_nearly_alike(tmp_path: Path) -> None:
    network = resnet_v2((2, 2), 8)
    whole = package(network, tmp_path / "whole", card=_card())
    half = package(network, tmp_path / "half", card=_card(), half=True)
    for name in ("backbone.bin", "backbone.safetensors"):
        sizes = [(model.folder / name).stat().st_size for model in (whole, half)]
        assert 0.45 < sizes[1] / sizes[0] < 0.65
    photos = np.random.default_rng(1).integers(0, 256, (1, 64, 80, 3), dtype=np.uint8)
    maps = [Backbone(model.backbone).run(photos) for model in (whole, half)]
    assert maps[1].dtype == np.float32
    assert 0 < disagreement(*maps) < 1e-6
    leaf = load_file(half.folder / "backbone.safetensors")["conv0.weight"]
    assert torch.equal(leaf, network.get_parameter("conv0.weight").half())


def test_what_only_training_needs_may_be_left_out(tmp_path: Path) -> None:
    model = package(resnet_v2((1,), 4), tmp_path / "model", card=_card(), trainable=False)
    assert _names(model.folder) == ["backbone.bin", "backbone.xml", "model.json"]
    assert Backbone(model_folder.load(model.folder).backbone).run(np.zeros((1, 32, 32, 3), np.uint8)).shape[1] == 16


def test_a_network_in_training_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    network = resnet_v2((1,), 4).train()
    before = {key: leaf.clone() for key, leaf in network.state_dict().items()}
    with pytest.raises(ValueError, match=r"in training mode; wanted evaluation mode: call its eval\(\)"):
        package(network, tmp_path / "model", card=_card())
    assert all(torch.equal(leaf, before[key]) for key, leaf in network.state_dict().items())


@pytest.fixture
def needs_bfloat16() -> None:
    if "BF16" not in quiet_import().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this processor computes no bfloat16")


@pytest.mark.usefixtures("needs_bfloat16")
def test_bfloat16_fails_the_proof_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"differ by \d\.\de-0\d.*wanted at most 1e-06: use precision f32"):
        package(resnet_v2((2, 2), 8), tmp_path / "model", card=_card(precision="bf16"))
    assert _names(tmp_path) == []


def test_the_real_network_runs_as_torch_does(shared: Path, tmp_path: Path) -> None:
    """`from_weights` proves it; here its size, and that a real map is neither empty nor full."""
    file = shared / "weights" / "resnet50v2_stage3_imagenet.safetensors"
    model = from_weights("resnet50v2", file, folder=tmp_path / "model")
    assert (model.card.channels, model.card.stride, model.card.config["unused"]) == (1024, 16, [])
    maps = Backbone(model.backbone).run(np.full((1, 64, 96, 3), 128, np.uint8))
    assert maps.shape == (1, 1024, 4, 6)
    assert 0.1 < (maps > 0).mean() < 0.9


def test_the_proof_fails_for_another_network_and_another_scale(tmp_path: Path) -> None:
    module = architectures.PhotoNetwork(resnet_v2((1,), 4), Preprocess())
    convert(module, architectures.example(), tmp_path / "net.xml")
    found = Backbone(tmp_path / "net.xml").run
    assert prove(partial(architectures.run, module), found) < 1e-9
    other = architectures.PhotoNetwork(resnet_v2((1,), 4, rng=np.random.default_rng(1)), Preprocess())
    for wrong in (partial(architectures.run, other), lambda images: 1.01 * found(images)):
        with pytest.raises(ModelError, match="torch and OpenVINO give feature maps that differ"):
            prove(wrong, found)


def test_a_map_without_numbers_is_no_proof() -> None:
    for odd in (np.nan, np.inf):
        with pytest.raises(ModelError, match="differ by"):
            prove(partial(np.full_like, fill_value=odd, dtype=np.float32), np.ones_like)


def test_disagreement_is_one_minus_cosine_where_norms_agree(rng: np.random.Generator) -> None:
    for _ in range(5):
        a, b = rng.standard_normal((2, 3, 4))
        b *= np.sqrt((a**2).sum() / (b**2).sum())
        cosine = sum(x * y for x, y in zip(a.flat, b.flat, strict=True)) / sum(x * x for x in a.flat)
        assert disagreement(a, b) == pytest.approx(1 - cosine, abs=1e-12)


def test_disagreement_by_hand() -> None:
    """Of (3, 4) and (6, 8): a gap of 5, squared 25, over 2 · 5 · 10."""
    a = np.array([3.0, 4.0])
    assert disagreement(a, 2 * a) == pytest.approx(0.25)
    assert disagreement(a, a) == 0
    assert disagreement(0 * a, 0 * a) == 0
    assert disagreement(a, 0 * a) == float("inf")
    assert disagreement(a, a[:1]) == float("inf")


def test_a_model_folder_is_trained_further_from_its_own_weights(untrained: Path, tmp_path: Path) -> None:
    from resight.nn.networks import weights

    model = starting_model(untrained, None, tmp_path / "scratch")
    state = weights.read(untrained / model_folder.WEIGHTS)
    found = trainable_network(model).state_dict()
    assert all((found[key] == value).all() for key, value in state.items())


def test_a_weight_file_becomes_a_model_and_is_made_anew_when_gone_on(untrained: Path, tmp_path: Path) -> None:
    file = untrained / model_folder.WEIGHTS
    made = [starting_model(file, NAME, tmp_path / "scratch").fingerprint for _ in range(2)]
    assert made[0] == made[1]


def test_a_weight_file_wants_its_architecture(untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="--architecture"):
        starting_model(untrained / model_folder.WEIGHTS, None, tmp_path / "scratch")


def test_a_model_folder_wants_no_architecture(untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="leave out the architecture"):
        starting_model(untrained, "resnet18", tmp_path / "scratch")


def test_a_model_without_weights_is_trained_from_what_runs(untrained: Path, tmp_path: Path) -> None:
    """As the one that ships: it computes the same, and has the layers to learn with."""
    expected = house()
    generator = torch.Generator().manual_seed(0)
    for norm in expected.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            for leaf in (norm.weight, norm.bias, norm.running_var):
                torch.nn.init.uniform_(leaf, 0.5, 1.5, generator=generator)
    folder = tmp_path / "model"
    package(expected, folder, card=replace(model_folder.load(untrained).card, architecture="house", channels=512))
    card = json.loads((folder / model_folder.CARD).read_text(encoding="utf-8"))
    del card["sha256"][model_folder.WEIGHTS]
    (folder / model_folder.CARD).write_text(json.dumps(card), encoding="utf-8")
    (folder / model_folder.WEIGHTS).unlink()
    found = trainable_network(model_folder.load(folder))
    photo = torch.rand(1, 3, 64, 80, generator=generator)
    with torch.inference_mode():
        assert disagreement(expected(photo).numpy(), found(photo).numpy()) < TOLERANCE
    assert found.state_dict().keys() == expected.state_dict().keys()


def test_nothing_named_is_what_ships(tmp_path: Path) -> None:
    model = starting_model(None, None, tmp_path)
    assert model.card.architecture == "house"
    assert not trainable_network(model).training


def test_where_nothing_ships_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_conversion, "HOUSE", tmp_path / "nowhere")
    with pytest.raises(TrainingError, match="ships no encoder"):
        starting_model(None, None, tmp_path)
