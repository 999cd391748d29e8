"""Accuracies of "Learning difficult perceptual tasks with Hodgkin-Huxley networks", as printed."""

from collections.abc import Mapping
from types import MappingProxyType

from spikenet.papers.hodgkin_huxley_networks import PAPER

OWN_BAR = "the paper gives no number; the bar is this project's"
TABLE_1 = f"{PAPER}, table 1"
TABLE_2 = f"{PAPER}, table 2"
SECTION_2_3 = f"{PAPER}, section 2.3"
LINEAR = "cwa without activation"
# Test accuracy in per cent by (data set, arch, variant); the paper gives the best epoch of each training.
ACCURACY: Mapping[tuple[str, str, str], float] = MappingProxyType(
    {
        ("mnist", "fcn", "cwa"): 98.65,
        ("mnist", "fcn", "affine-bn"): 98.72,
        ("mnist", "cnn", "cwa"): 98.89,
        ("mnist", "cnn", "affine-bn"): 99.42,
        ("mnist", "resnet18", "cwa"): 99.02,
        ("mnist", "resnet18", "affine-bn"): 99.59,
        ("cifar10", "fcn", "cwa"): 61.98,
        ("cifar10", "fcn", "cwa-bn"): 64.93,
        ("cifar10", "fcn", "affine"): 65.10,
        ("cifar10", "fcn", "affine-bn"): 63.93,
        ("cifar10", "cnn", "cwa"): 78.09,
        ("cifar10", "cnn", "affine"): 73.40,
        ("cifar10", "cnn", "affine-bn"): 88.60,
        ("cifar10", "resnet18", "cwa"): 85.06,
        ("cifar10", "resnet18", "affine"): 79.60,
        ("cifar10", "resnet18", "affine-bn"): 91.25,
        ("mnist", "fcn", LINEAR): 98.0,  # section 2.3
        ("cifar10", "fcn", "absnorm"): 59.95,  # table 2
        ("cifar10", "fcn", "lateral"): 62.03,
    }
)
# By variant, where it is not table 1.
SOURCES: Mapping[str, str] = MappingProxyType({"absnorm": TABLE_2, "lateral": TABLE_2, LINEAR: SECTION_2_3})
# What this project set itself, where it is not the paper's number.
BARS: Mapping[tuple[str, str, str], float] = MappingProxyType(
    {("mnist", "fcn", "cwa"): 98.9, ("mnist", "cnn", "cwa"): 99.0, ("mnist", "resnet18", "cwa"): 99.02}
)
