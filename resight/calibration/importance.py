"""Importance of questions: how much each counts where a calibration is fitted, and which show what unknown photos get.

Known and unknown questions are to be asked in the same ways, so that nothing but what is known tells them apart. The
photo of a thing with several is asked as it is, with its thing known or left out; that of a thing with one photo cannot
be asked as it is and be recognised by another one, and so it counts in its simulated views alone. As it is, with its
thing left out, it would teach that the best evidence is that of unknown things.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.types import Array

from .samples import CalibrationSamples, QueryKind

STRANGE: Final = 0.1
"""Share that strangers have among unknown photos: what people ask about is mostly like what is known."""


def balanced(samples: CalibrationSamples) -> Array:
    """Importance ``(q,)`` of questions, of which known and unknown ones count alike as wholes.

    It adds up to the number of those that are known or left out, however many strangers there are, where some thing is
    left out. Where nothing unknown is asked about, known questions count for nothing.
    """
    known, strange = samples.known, samples.kinds == QueryKind.STRANGER
    unknown = ~(known | strange | _alone(samples, QueryKind.HELD_OUT))
    strangers = STRANGE if strange.any() else 0.0
    # Where no thing is left out, as of a gallery of one, strangers count as ever, and what is known as much as they:
    # of known photos alone a fit learns only that everything is known.
    others = 1 - strangers if unknown.any() else 0.0
    half, importance = (known.sum() + unknown.sum()) / 2, np.zeros(len(samples))
    for side, share in ((known, others + strangers), (unknown, others), (strange, strangers)):
        importance[side] = half * share / max(side.sum(), 1)
    return importance


def impostors(samples: CalibrationSamples) -> Array:
    """Flags ``(q,)`` of the questions that show what unknown photos get: those that are asked as known ones are.

    Where views of a photo are asked with its thing left out, the photo as it is is none of them, for no new photo is
    as much like those known; it is where there are none. Strangers, of whom but a descriptor is left, are where nothing
    else is unknown.
    """
    strange = samples.kinds == QueryKind.STRANGER
    viewed = ~_alone(samples, QueryKind.LEFT_OUT_VIEW) & (samples.kinds == QueryKind.LEFT_OUT)
    found = ~(samples.known | strange | viewed)
    return found if found.any() else strange


def photos(samples: CalibrationSamples, chosen: Array) -> int:
    """Number of photos that the ``chosen (q,)`` questions are about: several views of one count once.

    Strangers count as none: what descriptors alone are taken for promises nothing about whole photos.
    """
    return len(np.unique(samples.photos[chosen & (samples.kinds != QueryKind.STRANGER)]))


def _alone(samples: CalibrationSamples, kind: QueryKind) -> Array:
    """Flags of questions that ask a photo as it is, its thing left out, that is not asked by another ``kind``."""
    asked = samples.ids[samples.kinds == kind]
    return (samples.kinds == QueryKind.LEFT_OUT) & ~np.isin(samples.ids, asked)
