"""Several decoders in one pass over the output of a hybrid network."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from spikenet.decode import decode_dwell_logits, decode_mean_logits, low_pass
from spikenet.experiments.classification import count_correct
from spikenet.hybrid import Hybrid

DECODER_NAMES: Mapping[str, str] = MappingProxyType(
    {"dwell": "dwell time", "mean": "mean over time", "smooth": "dwell time after a low-pass filter"}
)


def decode_all(
    hybrid: Hybrid, images: np.ndarray, smooth, progress: Callable[[float], None] | None = None
) -> dict[str, np.ndarray]:
    """Return the class of each image, (image,) int, by decoder; ``smooth`` is the filter's time constant."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in DECODER_NAMES}
    sample_dt = hybrid.sample_dt
    for _, logits in hybrid.stream_logits(images, progress=progress):
        found["dwell"].append(decode_dwell_logits(logits))
        found["mean"].append(decode_mean_logits(logits))
        found["smooth"].append(decode_dwell_logits(low_pass(logits, sample_dt, smooth)))
    return {name: np.concatenate(pieces) for name, pieces in found.items()}


def count_correct_by_decoder(
    hybrid: Hybrid, images, labels: np.ndarray, smooth, progress: Callable[[float], None] | None = None
) -> dict[str, np.ndarray]:
    """Return how many images of each digit are classified correctly, (digit,) int, by decoder."""
    classes = decode_all(hybrid, images, smooth, progress)
    return {name: count_correct(found, labels) for name, found in classes.items()}
