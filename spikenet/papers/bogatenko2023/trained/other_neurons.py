"""Other neurons in the loop: LIF and Izhikevich by their spike counts, and a deeper network with two FHN layers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import keras
import numpy as np

from spikenet.encode import linear_drive, tanh_drive
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.layers.population import Population
from spikenet.neurons import FHN, LIF, Izhikevich
from spikenet.papers.bogatenko2023.ann import accuracy
from spikenet.papers.bogatenko2023.paper import images_of
from spikenet.papers.bogatenko2023.trained.loop_recipe import Lesson, Recipe, jittered, keep_trained
from spikenet.papers.bogatenko2023.training_curves import by_epoch, hold_out, plot_course
from spikenet.report.figure import Figure
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd

RECIPE = Recipe(
    surrogate="response", sigmoid=False, biases=True, rate=5e-3, falls=True, batch=256, epochs=20, jitter=0.5
)
OURS = "our own bar"
LIF_BAR = 97.0
_COUNTED = 0.1  # spikes are tens, and Keras' first weights are for ones


@dataclass(frozen=True)
class Hidden:
    """Hidden layers: so many populations of 100 units, one after the other; ``counts`` are made small."""

    make: Callable[[Setup, int], Population]
    layers: int = 1
    counts: bool = False


def _lif(setup: Setup, seed: int) -> Population:
    """Fires beyond 0.2 nA; at 1 nA every 7 ms."""
    drive = linear_drive("0.2 nA", "0.3 nA", "0 nA", "1 nA")
    return Population(LIF, drive=drive, duration="100 ms", output="count", engine=setup.engine, seed=seed)


def _izhikevich(setup: Setup, seed: int) -> Population:
    """Regular spiking; fires beyond about 4 mV/ms."""
    drive = linear_drive("5 V/s", "8 V/s", "0 V/s", "30 V/s")
    return Population(Izhikevich, drive=drive, duration="200 ms", output="count", engine=setup.engine, seed=seed)


def _fhn(setup: Setup, seed: int) -> Population:
    return Population(
        FHN, drive=tanh_drive(-1.0), settle="200 ms", duration="100 ms", output="mean", engine=setup.engine, seed=seed
    )


NETWORKS: Mapping[str, Hidden] = MappingProxyType(
    {
        "LIF, spike counts": Hidden(_lif, counts=True),
        "Izhikevich, spike counts": Hidden(_izhikevich, counts=True),
        "two FHN layers, means": Hidden(_fhn, layers=2),
    }
)


def build(hidden: Hidden, setup: Setup, seed: int) -> keras.Sequential:
    """An untrained network 784 - 100 neurons (once or twice) - 10 on raw images."""
    layers = [keras.Input((28, 28), dtype="uint8"), keras.layers.Rescaling(1 / 255)]
    layers += [jittered(RECIPE.jitter, seed), keras.layers.Flatten()]
    for number in range(hidden.layers):
        start = keras.initializers.GlorotUniform(seed=100 * seed + number)
        layers += [keras.layers.Dense(100, kernel_initializer=start, name=f"hidden-{number}")]
        layers += [hidden.make(setup, seed)]
        layers += [keras.layers.Rescaling(_COUNTED)] if hidden.counts else []
    start = keras.initializers.GlorotUniform(seed=100 * seed + 99)
    layers += [keras.layers.Dense(10, "softmax", kernel_initializer=start, name="readout")]
    return keras.Sequential(layers, name="loop")


def run(setup: Setup, desk: Desk) -> Outcome:
    """Every network for every seed: trained on five sixths of the training images, watched on the rest."""
    data = images_of(setup)
    held = hold_out(data)
    recipe = replace(RECIPE, epochs=int(setup.options["epochs"]))
    found: dict[str, list[float]] = {name: [] for name in NETWORKS}
    histories: dict[str, list[dict]] = {name: [] for name in NETWORKS}
    for name, hidden in NETWORKS.items():
        for seed in setup.seeds:
            lesson = Lesson(recipe, held, f"{name}, seed {seed}", seed, (held.x_test, held.y_test))
            model, history = keep_trained(desk, lambda hidden=hidden, seed=seed: build(hidden, setup, seed), lesson)
            histories[name].append(history)
            share = lambda model=model: accuracy(model, data.x_test, data.y_test)  # noqa: E731
            found[name].append(desk.keep(f"{name}, seed {seed}, test", share))
    test = {name: 100 * np.array(shares) for name, shares in found.items()}
    course = {name: 100 * by_epoch(histories[name], "validation_accuracy") for name in NETWORKS}
    seconds = {name: float(np.median(by_epoch(histories[name], "seconds"))) for name in NETWORKS}
    return Outcome(
        {"test": test, "held out by epoch": course, "seconds an epoch": seconds},
        _claims(setup, test),
        (_table(test, course, seconds, len(held.x_train)),),
        (_draw(desk, course),),
        ("The test images are looked at once, after the last epoch.",),
    )


def _claims(setup: Setup, accuracy: dict[str, np.ndarray]) -> tuple[Claim, ...]:
    if setup.data != "full" or setup.options["images"]:
        return ()
    lif = float(accuracy["LIF, spike counts"].mean())
    return (Claim.at_least("100 LIF neurons: test images recognised (%)", OURS, paper=LIF_BAR, measured=lif),)


def _table(accuracy: dict, course: dict, seconds: dict, n_images: int) -> Table:
    rows = [
        (name, mean_sd(course[name][:, -1], 2), mean_sd(accuracy[name], 2), f"{seconds[name]:.1f}") for name in accuracy
    ]
    columns = ("hidden layer", "held out (%)", "test (%)", "seconds an epoch")
    n_seeds = len(next(iter(accuracy.values())))
    return Table("Neurons in the loop", columns, tuple(rows), f"{n_seeds} networks each, {n_images} training images.")


def _draw(desk: Desk, course: dict) -> Figure:
    plot_course(desk.figure("epochs"), course, Labels("Neurons in the loop", "epoch", "held-out images (%)"))
    return Figure("epochs.png", "Accuracy by epoch", "A rising line for each kind of hidden layer.")


OPTIONS = {"epochs": 20, "images": 0}
