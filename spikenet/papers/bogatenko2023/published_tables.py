"""Tables 1 and 2 of Bogatenko et al. (2023), as printed: per cent of the images of each digit."""

from collections.abc import Mapping
from types import MappingProxyType

DIGITS = tuple(range(10))
PARTS = ("train", "test")
ANN_ACCURACY: Mapping[str, float] = MappingProxyType({"train": 99.5, "test": 97.7})  # section 1

# By gamma, the gain of the drive. Widest first: a response table over the range of one gamma serves the smaller ones.
GAMMAS = (-1.0, -0.5, 0.5)
TABLE_1: Mapping[float, Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        -1.0: {
            "train": (88.9, 16.3, 91.8, 92.7, 98.0, 52.0, 99.9, 80.4, 100.0, 98.9),
            "test": (99.2, 16.4, 90.3, 91.9, 94.3, 54.9, 98.0, 78.6, 99.0, 96.6),
        },
        -0.5: {
            "train": (99.0, 1.4, 83.3, 84.6, 90.4, 29.6, 96.9, 56.5, 99.8, 92.3),
            "test": (98.6, 1.5, 82.6, 85.1, 88.0, 31.9, 96.2, 57.5, 99.5, 91.9),
        },
        0.5: {
            "train": (6.7, 0.0, 5.6, 3.2, 1.0, 0.3, 8.6, 0.9, 6.5, 1.36),
            "test": (6.4, 0.0, 5.6, 3.7, 0.6, 1.1, 9.4, 0.8, 6.0, 1.98),
        },
    }
)
# The digits of gamma = -1 average to 81.9 in both columns; the other columns agree with their digits.
TABLE_1_AVERAGES: Mapping[float, Mapping[str, float]] = MappingProxyType(
    {
        -1.0: {"train": 83.0, "test": 82.9},
        -0.5: {"train": 73.4, "test": 73.3},
        0.5: {"train": 3.4, "test": 3.6},
    }
)
# 10,000 and 1,000 images with equally many of each digit, and all 60,000 and 10,000.
TABLE_2: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "10,000 training": (97.1, 97.5, 89.2, 87.1, 91.9, 85.9, 95.2, 94.4, 0.1, 83.7),
        "1,000 test": (96.5, 97.6, 87.1, 85.1, 86.4, 86.2, 86.2, 86.9, 0.0, 80.9),
        "60,000 training": (95.9, 96.6, 86.4, 84.2, 88.6, 81.0, 92.2, 92.2, 0.1, 79.5),
        "10,000 test": (95.6, 97.8, 86.6, 86.8, 89.1, 81.7, 91.1, 90.5, 0.1, 79.9),
    }
)
TABLE_2_AVERAGES: Mapping[str, float] = MappingProxyType(
    {"10,000 training": 82.2, "1,000 test": 79.3, "60,000 training": 79.7, "10,000 test": 79.9}
)
