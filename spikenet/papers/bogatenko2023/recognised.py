"""How many images a hybrid network recognises, by several decoders in one pass over the traces."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from spikenet.decode import dwell, low_pass, mean
from spikenet.hybrid import Hybrid

DECODED: Mapping[str, str] = MappingProxyType(
    {"dwell": "dwell time", "mean": "mean over time", "smooth": "dwell time after a low-pass filter"}
)


def decode_all(
    hybrid: Hybrid, images: np.ndarray, smooth, progress: Callable[[float], None] | None = None
) -> dict[str, np.ndarray]:
    """The class of each image, (sample,) int, by each of ``DECODED``; ``smooth`` is the filter's time constant."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in DECODED}
    sample_dt = hybrid.sample_dt
    for _, logits in hybrid.logits(images, progress):
        found["dwell"].append(dwell(logits))
        found["mean"].append(mean(logits))
        found["smooth"].append(dwell(low_pass(logits, sample_dt, smooth)))
    return {name: np.concatenate(pieces) for name, pieces in found.items()}


def right_of(classes: np.ndarray, labels: np.ndarray, n_classes: int = 10) -> np.ndarray:
    """How many images of each class got their label, (class,) int."""
    return np.bincount(labels[classes == labels], minlength=n_classes)


def per_cent(right: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Share of each class's images, (..., class); not a number for a class without images."""
    with np.errstate(invalid="ignore"):
        return 100 * np.asarray(right) / np.bincount(labels, minlength=np.shape(right)[-1])


def score(hybrid: Hybrid, images, labels: np.ndarray, smooth, progress: Callable[[float], None] | None = None) -> dict:
    """Images of each digit that are recognised, (digit,) int, by each of ``DECODED``."""
    return {name: right_of(found, labels) for name, found in decode_all(hybrid, images, smooth, progress).items()}
