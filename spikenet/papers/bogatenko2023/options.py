"""Options that several experiments share: images, the training of the network, and FitzHugh-Nagumo (FHN) neurons."""

from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np

from spikenet.data import Dataset, load_dataset
from spikenet.data.split import draw_per_class, proportional_counts
from spikenet.encode import tanh_drive
from spikenet.engines.simulate import Schedule, Simulation
from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.hybrid import Hybrid, embed
from spikenet.neurons import FHN
from spikenet.papers.bogatenko2023.ann import HIDDEN, Training
from spikenet.papers.bogatenko2023.published_tables import PARTS
from spikenet.units import to_seconds

_EPOCHS = {"mini": 30, "full": Training.epochs}
_CALIBRATION_IMAGES = 5000


def load_images(setup: Setup) -> Dataset:
    """Load MNIST in the setup's size; option ``images`` takes so many of each part, 0 takes all.

    The digits keep their shares.
    """
    wanted = int(setup.options["images"])
    if wanted < 0:
        raise InvalidValueError(f"images is {wanted}, wanted a number of images of each part, or 0 for all")
    data = load_dataset("mnist", setup.data)
    if wanted == 0:
        return data
    parts = {}
    for part in PARTS:
        images, labels = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        rows = draw_per_class(labels, proportional_counts(labels, min(wanted, len(labels))), np.random.default_rng(0))
        parts |= {f"x_{part}": images[rows], f"y_{part}": labels[rows]}
    return replace(data, **parts)


def check_neurons(setup: Setup) -> None:
    """Raise InvalidValueError, InvalidTypeError or UnitError for FHN neurons or filters that cannot be."""
    options = setup.options
    Simulation(FHN(epsilon=options["epsilon"]), Schedule(options["duration"], options["settle"])).plan([[0.0]])
    to_seconds(options.get("smooth", 0.0), "smooth")


def uses_all_data(setup: Setup) -> bool:
    """Return True if the run is like the paper's: all of MNIST, and the whole training."""
    return setup.data == "full" and not (setup.options["images"] or setup.options["epochs"])


def ann_training(setup: Setup) -> Training:
    """Return the training for the option ``epochs``; 0 takes the usual number for the size of the data."""
    return Training(epochs=int(setup.options["epochs"]) or _EPOCHS[setup.data])


def embed_fhn(
    setup: Setup,
    model: keras.Model,
    gamma: float,
    calibrate: np.ndarray | None = None,
    progress: Callable[[float], None] | None = None,
) -> Hybrid:
    """Replace the hidden layer by FHN neurons with the setup's options.

    ``gamma`` is the gain of the drive; ``calibrate`` are training images, for a calibrated network.
    """
    options = setup.options
    return embed(
        model,
        HIDDEN,
        FHN(epsilon=options["epsilon"]),
        tanh_drive(gamma),
        engine=setup.engine,
        calibrate=None if calibrate is None else calibrate[:_CALIBRATION_IMAGES],
        settle=options["settle"],
        duration=options["duration"],
        progress=progress,
    )


def prepare_responses(hybrid: Hybrid, gamma: float, progress: Callable[[float], None]) -> None:
    """Simulate the widest drives first, so that the engine makes one table of responses that is wide enough."""
    widest = np.full((2, hybrid.tail.n_units), abs(gamma)) * [[-1], [1]]
    hybrid.simulation.run(widest, record="trace", progress=progress)
