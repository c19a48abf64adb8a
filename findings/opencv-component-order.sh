#!/usr/bin/env bash
# cv2.connectedComponents does not number regions in reading order by its default algorithm; by CCL_SAUF it does.
# opencv-python-headless 5.0.0.93.
#
# Expected: labels from 1 in the order in which a scan meets the regions, whatever the algorithm, since all scan row by row.
# Seen: the default and CCL_GRANA, CCL_BOLELLI and CCL_SPAGHETTI scan blocks of 2 x 2 cells, so that a region that begins a
# row lower and further left comes first; CCL_SAUF and CCL_WU, which scan cells, number in reading order. Ends with 1 where
# that has changed.
#
# What this project does with it: resight.verification.components names CCL_SAUF, so that of two regions of one size the
# same one is told first as before OpenCV found them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check opencv-python-headless==5.0.0.93
"$folder/venv/bin/python" - <<'END'
import sys

import cv2
import numpy as np

mask = np.random.default_rng(0).random((200, 300)) < 0.2


def in_order(name):
    labels = cv2.connectedComponentsWithAlgorithm(mask.astype(np.uint8), 8, cv2.CV_32S, getattr(cv2, name))[1]
    first = np.unique(labels, return_index=True)[1][1:]
    return bool((np.diff(first) > 0).all())


blocks, cells = ("CCL_DEFAULT", "CCL_GRANA", "CCL_BOLELLI", "CCL_SPAGHETTI"), ("CCL_SAUF", "CCL_WU")
found = {name: in_order(name) for name in (*blocks, *cells)}
print(found)
sys.exit(any(found[name] for name in blocks) or not all(found[name] for name in cells))
END
