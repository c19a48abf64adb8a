"""The model folder: whole or refused, and what its fingerprints see."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import ModelError
from resight.io import model_folder
from resight.io.model_card import ModelCard
from resight.io.model_folder import Model, load, save
from resight.types import Preprocess

Array = npt.NDArray[Any]
Saver = Callable[..., Model]
CARD = ModelCard(
    name="small",
    architecture="resnet50v2",
    cut="stage2",
    channels=512,
    stride=8,
    preprocess=Preprocess(long_side=320, mean=(0.1, 0.2, 0.3), std=(0.5, 0.5, 0.5)),
    recipe="museum",
    config={"epochs": 3, "rates": [0.1, 0.2], "note": "Größe"},
    versions={"torch": "2.8"},
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Stand-ins for a backbone: to the folder they are bytes."""
    source = tmp_path / "source"
    source.mkdir()
    for name in (*model_folder.BACKBONE, model_folder.WEIGHTS):
        (source / name).write_bytes(f"content of {name}".encode())
    return {name: source / name for name in (*model_folder.BACKBONE, model_folder.WEIGHTS)}


@pytest.fixture
def saved(files: dict[str, Path], tmp_path: Path) -> Saver:
    """``saved(card, name="model", ...)`` writes ``files`` as a model folder."""

    def write(card: ModelCard = CARD, name: str = "model", **options: Any) -> Model:
        return save(card, tmp_path / name, **{"files": files, **options})

    return write


def _edit(folder: Path, **changes: Any) -> None:
    """Change model.json by hand; None takes a key away."""
    content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    content = {key: value for key, value in {**content, **changes}.items() if value is not None}
    (folder / "model.json").write_text(json.dumps(content), encoding="utf-8")


def _replace(folder: Path, name: str, content: bytes) -> None:
    """Put other content in a file's place, with its hash where the card has hashes."""
    (folder / name).write_bytes(content)
    if name != "model.json":
        hashes = json.loads((folder / "model.json").read_text(encoding="utf-8"))["sha256"]
        _edit(folder, sha256={**hashes, name: hashlib.sha256(content).hexdigest()})


def test_what_is_saved_is_loaded(saved: Saver, tmp_path: Path, rng: np.random.Generator) -> None:
    arrays: dict[str, Array] = {"mean": rng.random(3, np.float32), "codes": rng.integers(0, 255, (2, 4), np.uint8)}
    written = saved(arrays=arrays, metrics={"map": 0.5, "protocol": "all against all"})
    model = load(tmp_path / "model")
    assert model.card == written.card == CARD
    assert model.metrics == {"map": 0.5, "protocol": "all against all"}
    assert model.arrays.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(model.arrays[name], array)
        assert model.arrays[name].dtype == array.dtype
    assert model.backbone.read_bytes() == b"content of backbone.xml"
    assert sorted(model.sha256) == sorted(model_folder.FILES)


def test_a_folder_without_extras_has_neither_arrays_nor_metrics(saved: Saver) -> None:
    model = saved()
    assert (model.arrays, model.metrics) == ({}, {})
    assert {path.name for path in model.folder.iterdir()} == {
        *model_folder.BACKBONE,
        model_folder.WEIGHTS,
        "model.json",
    }


def test_the_card_is_readable_json_with_hashes(saved: Saver) -> None:
    """The hash is what ``printf "content of backbone.bin" | sha256sum`` says."""
    text = (saved().folder / "model.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert content["schema"] == 1
    assert content["preprocess"]["mean"] == [0.1, 0.2, 0.3]
    assert content["sha256"]["backbone.bin"] == "db268e74273164db52f06a2a04b1ae79ae3f10baed95bc1815c2edb037ca559b"
    assert "Größe" in text


def test_to_dict_is_json_and_says_everything(saved: Saver) -> None:
    facts = json.loads(json.dumps(saved(metrics={"map": 1.0}).to_dict()))
    assert facts["name"] == "small"
    assert facts["cut"] == "stage2"
    assert facts["bytes"]["backbone.bin"] == 23
    assert facts["metrics"] == {"map": 1.0}
    assert len(facts["fingerprint"]) == 32


# Faults of the folder


@pytest.mark.parametrize("name", ["backbone.xml", "backbone.bin", "backbone.safetensors", "arrays.npz", "metrics.json"])
def test_a_changed_file_is_refused(name: str, saved: Saver) -> None:
    folder = saved(arrays={"a": np.zeros(2)}, metrics={"map": 1.0}).folder
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(
        ModelError, match=rf"{name} was changed or damaged: its SHA-256 is .* wanted .*; copy the folder"
    ):
        load(folder)


@pytest.mark.parametrize("name", ["backbone.bin", "backbone.safetensors"])
def test_a_missing_file_is_refused(name: str, saved: Saver) -> None:
    folder = saved().folder
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"lacks {name}, which its model\.json lists: copy the whole folder"):
        load(folder)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelError, match=r"no .*model\.json; wanted a model folder"):
            load(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1]", b'"model"'])
def test_a_card_that_is_no_json_object_is_refused(content: bytes, saved: Saver) -> None:
    folder = saved().folder
    (folder / "model.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"not readable JSON|wanted a JSON object"):
        load(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (100_000 * b"[", "not readable JSON"),
        (40 * b'{"a": ' + b"1" + 40 * b"}", "holds more than 32 levels within each other"),
        (b'{"offset": NaN}', "not readable JSON"),
        (b'{"offset": 1e999}', "not readable JSON"),
        (b'{"name": "\\ud800"}', "not readable JSON"),
        (b'{"stride": 1' + 5000 * b"0" + b"}", "not readable JSON"),
    ],
)
@pytest.mark.parametrize("name", ["model.json", "metrics.json"])
def test_json_that_nothing_could_be_done_with_is_refused(name: str, content: bytes, message: str, saved: Saver) -> None:
    folder = saved(metrics={"map": 1.0}).folder
    _replace(folder, name, content)
    with pytest.raises(ModelError, match=rf"{name}.* {message}.*: copy the folder again"):
        load(folder)


def test_a_card_that_is_no_file_is_refused(saved: Saver) -> None:
    """A pipe would be waited for, and a device might never end."""
    folder = saved().folder
    (folder / "model.json").unlink()
    os.mkfifo(folder / "model.json")
    with pytest.raises(ModelError, match=r"model\.json is no file; wanted JSON"):
        load(folder)


def test_a_file_that_cannot_be_read_is_refused(saved: Saver, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(5, "Input/output error")

    folder = saved().folder
    monkeypatch.setattr(hashlib, "file_digest", refuse)
    with pytest.raises(ModelError, match=r"backbone\.xml cannot be read \(Input/output error\): check"):
        load(folder)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((4, 511), np.float16), r"'background' is float16 of shape \(4, 511\); wanted two rows .* of 512"),
        (np.zeros((1, 512), np.float16), r"shape \(1, 512\)"),
        (np.zeros(512, np.float16), r"shape \(512,\)"),
        (np.zeros((4, 512), np.int64), r"'background' is int64"),
        (np.full((4, 512), np.nan, np.float16), "has rows that are not of length 1"),
        (np.full((4, 512), 1e38, np.float32), "has rows that are not of length 1"),
    ],
)
def test_a_background_that_is_none_is_refused(rows: Array, message: str, saved: Saver, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=rf"arrays\.npz.*{message}.*: make the background again"):
        saved(arrays={"background": rows})
    assert _nothing_but(tmp_path, "source")


@pytest.mark.parametrize("schema", [2, "1", None])
def test_another_schema_is_refused_with_what_to_do(schema: Any, saved: Saver) -> None:
    folder = saved().folder
    _edit(folder, schema=schema)
    with pytest.raises(
        ModelError, match=rf"has schema {schema!r}; wanted 1: make the model again .* or use the resight"
    ):
        load(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"agregate": "gem"}, r"model\.json: ModelCard has no 'agregate'; did you mean 'aggregate'\?"),
        ({"cut": None}, r"model\.json: .*missing .*'cut'"),
        ({"sha256": []}, r"'sha256' is \[\]; wanted a hash by file name"),
        ({"sha256": None}, r"backbone\.xml and backbone\.bin not listed"),
        ({"sha256": {"../../secret": ""}}, r"a model has no file '\.\./\.\./secret'; wanted backbone\.xml"),
        ({"sha256": {"backbone.xlm": ""}}, r"no file 'backbone\.xlm'; did you mean 'backbone\.xml'\?"),
        ({"sha256": {"backbone.xml": 5, "backbone.bin": 5}}, r"backbone\.xml was changed or damaged: .* wanted 5…"),
    ],
)
def test_a_card_that_was_changed_by_hand_is_refused(changes: dict[str, Any], message: str, saved: Saver) -> None:
    folder = saved().folder
    _edit(folder, **changes)
    with pytest.raises(ModelError, match=message):
        load(folder)


class _Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_arrays_are_never_unpickled(saved: Saver, tmp_path: Path) -> None:
    folder = saved(arrays={"a": np.zeros(2)}).folder
    content = io.BytesIO()
    np.savez(content, a=np.array([_Bomb(tmp_path / "ran")], dtype=object))
    _replace(folder, "arrays.npz", content.getvalue())
    with pytest.raises(ModelError, match=r"arrays\.npz is not an archive of plain arrays"):
        load(folder)
    assert not (tmp_path / "ran").exists()


# Faults of saving


def _nothing_but(folder: Path, *names: str) -> bool:
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_an_existing_folder_is_never_touched(saved: Saver, tmp_path: Path) -> None:
    model = saved()
    with pytest.raises(ModelError, match="exists already; wanted a folder yet to be made"):
        saved(replace(CARD, name="other"))
    assert load(model.folder).card == CARD
    assert _nothing_but(tmp_path, "source", "model")


def test_a_folder_below_a_file_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "model", tmp_path / "file" / "deeper" / "model"):
        with pytest.raises(ModelError, match=r"model' cannot be made: '.*file' is no folder that may be written; name"):
            model_folder.vacant(place)
    assert model_folder.vacant(tmp_path / "new" / "model") == tmp_path / "new" / "model"


def test_arrays_of_objects_are_not_saved_and_nothing_is_left(saved: Saver, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'a' holds Python objects"):
        saved(arrays={"a": np.array([{}], dtype=object)})
    assert _nothing_but(tmp_path, "source")


def test_metrics_that_are_no_json_are_not_saved_and_nothing_is_left(saved: Saver, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        saved(metrics={"map": float("nan")})
    assert _nothing_but(tmp_path, "source")


def test_a_refusing_disk_is_a_clear_error_and_nothing_is_left(
    saved: Saver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(ModelError, match=r"cannot be written.*No space left"):
        saved()
    assert _nothing_but(tmp_path, "source")


def test_the_folder_appears_whole(saved: Saver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment of the renaming, everything is in the temporary folder and the model's own does not exist."""
    rename, seen = Path.rename, []

    def watch(self: Path, target: Path) -> Path:
        seen.append((load(self).card, target.exists()))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", watch)
    saved()
    assert seen == [(CARD, False)]
    assert _nothing_but(tmp_path, "source", "model")


def test_a_model_without_a_backbone_is_not_saved(saved: Saver, files: dict[str, Path]) -> None:
    del files["backbone.bin"]
    with pytest.raises(ModelError, match=r"backbone\.bin not listed"):
        saved(files=files)


# Fingerprints


def _fingerprints(model: Model) -> tuple[str, str]:
    return model.features_fingerprint, model.fingerprint


def test_fingerprints_do_not_depend_on_place_name_or_history(saved: Saver) -> None:
    other = replace(CARD, name="other", recipe=None, config={}, versions={})
    arrays = {"mean": np.arange(3.0), "codes": np.zeros((2, 2))}
    first = saved(name="a", arrays=arrays)
    second = saved(other, name="b", arrays=dict(reversed(arrays.items())), metrics={"map": 1.0})
    assert _fingerprints(first) == _fingerprints(second)
    assert first.fingerprint != first.features_fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": "resnet18"},
        {"cut": "stage3"},
        {"stride": 16},
        {"offset": 15.5},
        {"smallest": 63},
        {"precision": "bf16"},
        {"preprocess": replace(CARD.preprocess, long_side=321)},
        {"preprocess": replace(CARD.preprocess, enlarge=False)},
        {"preprocess": replace(CARD.preprocess, resampling="area")},
        {"preprocess": replace(CARD.preprocess, mean=(0.1, 0.2, 0.4))},
    ],
)
def test_what_decides_the_features_changes_both_fingerprints(changes: dict[str, Any], saved: Saver) -> None:
    first, second = _fingerprints(saved(name="a")), _fingerprints(saved(replace(CARD, **changes), name="b"))
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_a_folder_from_before_there_was_an_offset_is_what_it_was(saved: Saver) -> None:
    """Its galleries know it by this fingerprint, which was taken then."""
    folder = saved().folder
    _edit(folder, offset=None, smallest=None)
    model = load(folder)
    assert (model.card.offset, model.card.smallest) == (0.0, 1)
    assert _fingerprints(model) == ("35a27d99dba1df7d24d8cf8043926c20", "d42029b5e8fd0d8d9b1ab8c60604782b")


@pytest.mark.parametrize("changes", [{"aggregate": {"name": "gem", "p": 4.0}}, {"aggregate": {"name": "mac"}}])
def test_what_decides_the_descriptor_alone_changes_one(changes: dict[str, Any], saved: Saver) -> None:
    first, second = _fingerprints(saved(name="a")), _fingerprints(saved(replace(CARD, **changes), name="b"))
    assert first[0] == second[0]
    assert first[1] != second[1]


def test_weights_change_both_fingerprints_and_arrays_one(saved: Saver, files: dict[str, Path]) -> None:
    plain = _fingerprints(saved(name="a"))
    arrays = ({"mean": np.zeros(2)}, {"mean": np.ones(2)}, {"mean": np.zeros((2, 1))}, {"other": np.zeros(2)})
    whitened = [_fingerprints(saved(name=f"w{i}", arrays=each)) for i, each in enumerate(arrays)]
    assert {features for features, _ in whitened} == {plain[0]}
    assert len({plain[1], *(encoder for _, encoder in whitened)}) == 5
    files["backbone.bin"].write_bytes(b"trained further")
    trained = _fingerprints(saved(name="g"))
    assert trained[0] != plain[0]
    assert trained[1] != plain[1]
