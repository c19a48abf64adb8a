#!/usr/bin/env bash
# OpenVINO's CPU plugin keeps kernels of each size of input that it has met, and the setting that bounds them is a silent one.
#
# OpenVINO 2026.4.1 (openvino from PyPI), x86-64, one thread, one request, a network with free height and width:
#   six convolutions of 48 channels that see 576 sizes from 40 × 40 to 63 × 63, after one of 96 × 96, make the process grow by
#   125 MB in float32 (496 MB at the default precision of a processor that has bfloat16), and nothing of it comes back; with
#   CPU_RUNTIME_CACHE_CAPACITY=64 in the configuration of compile_model it is 51 MB (195 MB), and the maps are the same to the bit;
#   compile_model takes that key and refuses one that it does not know, but neither Core nor the compiled model has it among
#   SUPPORTED_PROPERTIES, and get_property raises RuntimeError ("Unsupported property"): whether it is set cannot be asked.
# Seen: "free: 125 MB, bounded: 51 MB, listed: no, readable: no". Ends with 1 where that has changed.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openvino==2026.4.1

cat > "$folder/sizes.py" <<'PY'
import hashlib
import sys

import numpy as np
import openvino
from openvino import opset13 as layers

NAME = "CPU_RUNTIME_CACHE_CAPACITY"


def megabytes() -> int:
    return int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0]) // 1024


rng = np.random.default_rng(0)
photo = layers.parameter([1, 3, -1, -1], np.float32)
values = photo
for channels in (3, 48, 48, 48, 48, 48):
    kernel = layers.constant(rng.standard_normal((48, channels, 3, 3)).astype(np.float32))
    values = layers.relu(layers.convolution(values, kernel, [1, 1], [1, 1], [1, 1], [1, 1]))
bound = {NAME: sys.argv[1]} if len(sys.argv) > 1 else {}
core = openvino.Core()
settings = {"INFERENCE_NUM_THREADS": "1", "NUM_STREAMS": "1", "INFERENCE_PRECISION_HINT": "f32", **bound}
network = core.compile_model(openvino.Model([values], [photo]), "CPU", settings)
request, digest = network.create_infer_request(), hashlib.sha256()
request.infer([np.zeros((1, 3, 96, 96), np.float32)])
before = megabytes()
for height in range(40, 64):
    for width in range(40, 64):
        request.infer([np.full((1, 3, height, width), height / width, np.float32)])
        digest.update(request.get_output_tensor(0).data.tobytes())
listed = NAME in network.get_property("SUPPORTED_PROPERTIES") or NAME in core.get_property("CPU", "SUPPORTED_PROPERTIES")
try:
    network.get_property(NAME)
    readable = True
except RuntimeError:
    readable = False
print(megabytes() - before, "yes" if listed else "no", "yes" if readable else "no", digest.hexdigest())
PY
read -r free listed readable first <<< "$("$folder/venv/bin/python" "$folder/sizes.py")"
read -r bounded _ _ second <<< "$("$folder/venv/bin/python" "$folder/sizes.py" 64)"
echo "free: $free MB, bounded: $bounded MB, listed: $listed, readable: $readable"
[ "$first" = "$second" ] && [ "$listed" = no ] && [ "$readable" = no ] && [ "$((2 * free))" -gt $((3 * bounded)) ]
