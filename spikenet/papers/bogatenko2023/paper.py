"""Bogatenko et al. (2023): the numbers of its table 1, and how its networks are made from an experiment's options.

T. Bogatenko, K. Sergeev, A. Slepnev, J. Kurths, N. Semenova: Symbiosis of an artificial neural network and models of
biological neurons: training and testing. Chaos 33 (2023), doi:10.1063/5.0152703.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import keras
import numpy as np

from spikenet.data import Dataset, load_dataset
from spikenet.data.split import choose, shares
from spikenet.encode import tanh_drive
from spikenet.engines.simulate import Schedule, Simulation
from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.hybrid import Hybrid, embed
from spikenet.neurons import FHN
from spikenet.papers.bogatenko2023.ann import HIDDEN, Training
from spikenet.units import to_seconds

DIGITS = tuple(range(10))
PARTS = ("train", "test")
ANN_ACCURACY: Mapping[str, float] = MappingProxyType({"train": 99.5, "test": 97.7})

# Table 1, per cent by digit. Widest first: a response table over the range of one gamma serves the smaller ones.
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
# As printed. The digits of gamma = -1 average to 81.9 in both columns; the other columns agree with their digits.
AVERAGES: Mapping[float, Mapping[str, float]] = MappingProxyType(
    {
        -1.0: {"train": 83.0, "test": 82.9},
        -0.5: {"train": 73.4, "test": 73.3},
        0.5: {"train": 3.4, "test": 3.6},
    }
)
# Table 2, per cent by digit: 10,000 and 1,000 images, of each digit equally many, and all 60,000 and 10,000.
TABLE_2: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "10,000 training": (97.1, 97.5, 89.2, 87.1, 91.9, 85.9, 95.2, 94.4, 0.1, 83.7),
        "1,000 test": (96.5, 97.6, 87.1, 85.1, 86.4, 86.2, 86.2, 86.9, 0.0, 80.9),
        "60,000 training": (95.9, 96.6, 86.4, 84.2, 88.6, 81.0, 92.2, 92.2, 0.1, 79.5),
        "10,000 test": (95.6, 97.8, 86.6, 86.8, 89.1, 81.7, 91.1, 90.5, 0.1, 79.9),
    }
)
AVERAGES_2: Mapping[str, float] = MappingProxyType(
    {"10,000 training": 82.2, "1,000 test": 79.3, "60,000 training": 79.7, "10,000 test": 79.9}
)

TRAINING_OPTIONS: Mapping[str, object] = MappingProxyType({"epochs": 0, "images": 0})
NEURON_OPTIONS: Mapping[str, object] = MappingProxyType({"epsilon": 0.05, "settle": "1000 ms", "duration": "100 ms"})
_EPOCHS = {"mini": 30, "full": Training.epochs}
_FIT = 5000  # training images that a calibration sees


def images_of(setup: Setup) -> Dataset:
    """MNIST in the size that the setup asks for; its option ``images`` takes so many of each part, 0 takes all."""
    wanted = int(setup.options["images"])
    if wanted < 0:
        raise InvalidValueError(f"images is {wanted}, wanted how many of each part, or 0 for all")
    data = load_dataset("mnist", setup.data)
    return data if wanted == 0 else _fewer(data, wanted)


def check_neurons(setup: Setup) -> None:
    """Errors: InvalidValueError, InvalidTypeError, UnitError for FHN neurons or filters that cannot be."""
    options = setup.options
    Simulation(FHN(epsilon=options["epsilon"]), Schedule(options["duration"], options["settle"])).plan([[0.0]])
    to_seconds(options.get("smooth", 0.0), "smooth")


def is_complete(setup: Setup) -> bool:
    """Whether the setup is the paper's: all of MNIST, and the whole recipe."""
    return setup.data == "full" and not (setup.options["images"] or setup.options["epochs"])


def training_of(setup: Setup) -> Training:
    """The recipe, for the number of ``epochs`` of the options; 0 leaves it to the size of the data."""
    return Training(epochs=int(setup.options["epochs"]) or _EPOCHS[setup.data])


def embed_fhn(
    setup: Setup,
    model: keras.Model,
    gamma: float,
    calibrate: np.ndarray | None = None,
    progress: Callable[[float], None] | None = None,
) -> Hybrid:
    """The network with FHN neurons in its hidden layer, as the options say; ``calibrate`` are training images."""
    options = setup.options
    return embed(
        model,
        HIDDEN,
        FHN(epsilon=options["epsilon"]),
        tanh_drive(gamma),
        engine=setup.engine,
        calibrate=None if calibrate is None else calibrate[:_FIT],
        settle=options["settle"],
        duration=options["duration"],
        progress=progress,
    )


def show_widest(hybrid: Hybrid, gamma: float, progress: Callable[[float], None]) -> None:
    """Let the engine see the widest drives first, so that a table of responses is made once, and wide enough."""
    widest = np.full((2, hybrid.tail.n_units), abs(gamma)) * [[-1], [1]]
    hybrid.simulation.run(widest, record="trace", progress=progress)


def _fewer(data: Dataset, wanted: int) -> Dataset:
    """So many images of each part, or all where there are not more; the digits keep their shares."""
    parts = {}
    for part in PARTS:
        images, labels = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        rows = choose(labels, shares(labels, min(wanted, len(labels))), np.random.default_rng(0))
        parts |= {f"x_{part}": images[rows], f"y_{part}": labels[rows]}
    return replace(data, **parts)
