"""What a network's file claims is compared with what its numbers hold, before OpenVINO opens it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from resight.errors import ModelError
from resight.features.encoder import HOUSE
from resight.runtimes import network_file


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A copy of the network that ships."""
    for name in ("backbone.xml", "backbone.bin"):
        shutil.copyfile(HOUSE / name, tmp_path / name)
    return tmp_path / "backbone.xml"


def _change(network: Path, pattern: str, by: str) -> None:
    text = network.read_text(encoding="utf-8")
    changed = re.sub(pattern, by, text, count=1)
    assert changed != text
    network.write_text(changed, encoding="utf-8")


def test_the_network_that_ships_is_sound(network: Path) -> None:
    network_file.require_sound(network)


@pytest.mark.parametrize(
    ("pattern", "by", "message"),
    [
        ('element_type="f16"', 'element_type="u4"', r"layer 'Constant.*', has the type 'u4', and wanted is one of f64"),
        ('destination_type="f32"', 'destination_type="string"', "has the type 'string'"),
        ('element_type="f16" shape="32', 'element_type="f16" shape="33', r"shape \[33, .* and 1,728 bytes"),
        ('element_type="f16" shape="32', 'element_type="f16" shape="-32', r"shape \[-32, "),
        ('element_type="f16" shape="32', 'element_type="f32" shape="32', r"shape \[32, .* and 1,728 bytes"),
        ('offset="44"', 'offset="99999999999"', r"at byte 99,999,999,999 of 7,726,388"),
        ('offset="44"', 'offset="-1"', r"at byte -1 of"),
        ('offset="44"', 'offset="one"', "a constant without a sound shape"),
        ('offset="44" size="1728"', 'offset="44"', "a constant without a sound shape"),
        ('layer id="9"', 'layer id="8"', r"layer '.*', has the number '8' of another layer"),
        ('type="ReLU"', 'type="Loop"', r"has the type 'Loop', which no feature map is computed by"),
        ('type="ReLU"', 'type="RELU"', r"has the type 'RELU', .*; did you mean 'ReLU'\?"),
        (
            'type="ReLU"',
            'type="Convolution"',
            "has 1 inputs, and 1 are given; wanted as many, 2 at least of Conv",
        ),
        (r'<edge from-layer="1" .*/>', "", "layer 'aten::permute/Transpose', has 2 inputs, and 1 are given"),
        ('version="11"', 'version="9"', "has the root 'net' of another kind of file"),
        ("<net ", "<!DOCTYPE net><net ", "has a document type"),
        ("<layers>", 40 * "<a>" + 40 * "</a>" + "<layers>", "elements more than 32 within each other"),
        ("</net>", "", r"is no whole XML \(no element found"),
    ],
)
def test_a_claim_that_does_not_hold_is_refused(pattern: str, by: str, message: str, network: Path) -> None:
    _change(network, pattern, by)
    with pytest.raises(ModelError, match=rf"backbone\.xml.*{message}.*: make the model again"):
        network_file.require_sound(network)


def test_a_file_too_large_is_not_read(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_file, "LARGEST", 1000)
    with pytest.raises(ModelError, match=r"backbone\.xml has [\d,]+ bytes; wanted 1,000 at most"):
        network_file.require_sound(network)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"net\.xml cannot be read \(No such file"):
        network_file.require_sound(tmp_path / "net.xml")
