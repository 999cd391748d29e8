"""Other neurons in the loop: leaky integrate-and-fire (LIF) and Izhikevich neurons, read out by their spike counts.

A deeper network has two layers of FitzHugh-Nagumo (FHN) neurons.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import keras
import numpy as np

from spikenet.encode import linear_drive, tanh_drive
from spikenet.experiments.claim import Claim
from spikenet.experiments.classification import accuracy
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.layers.population import Population
from spikenet.neurons import FHN, LIF, Izhikevich
from spikenet.papers.bogatenko2023.options import load_images
from spikenet.papers.bogatenko2023.trained.loop_training import (
    LoopRecipe,
    LoopTrainingJob,
    make_jitter,
    train_or_load_loop,
)
from spikenet.papers.bogatenko2023.training_curves import by_epoch, hold_out, plot_epochs
from spikenet.report.figure import Figure
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd

RECIPE = LoopRecipe(
    surrogate="response", sigmoid=False, biases=True, rate=5e-3, cosine=True, batch=256, epochs=20, jitter=0.5
)
OURS = "our own bar"
LIF_BAR = 97.0
_COUNT_SCALE = 0.1  # spike counts are tens, and Keras' first weights suit inputs near 1


@dataclass(frozen=True)
class HiddenLayers:
    """Hidden layers of 100 units: ``layers`` populations, one after the other; ``counts`` are scaled down."""

    make: Callable[[Setup, int], Population]
    layers: int = 1
    counts: bool = False


def _lif(setup: Setup, seed: int) -> Population:
    """Return LIF neurons; they fire above 0.2 nA, and every 7 ms at 1 nA."""
    drive = linear_drive("0.2 nA", "0.3 nA", "0 nA", "1 nA")
    return Population(LIF, drive=drive, duration="100 ms", output="count", engine=setup.engine, seed=seed)


def _izhikevich(setup: Setup, seed: int) -> Population:
    """Return regular-spiking neurons; they fire above about 4 mV/ms."""
    drive = linear_drive("5 V/s", "8 V/s", "0 V/s", "30 V/s")
    return Population(Izhikevich, drive=drive, duration="200 ms", output="count", engine=setup.engine, seed=seed)


def _fhn(setup: Setup, seed: int) -> Population:
    return Population(
        FHN, drive=tanh_drive(-1.0), settle="200 ms", duration="100 ms", output="mean", engine=setup.engine, seed=seed
    )


NETWORKS: Mapping[str, HiddenLayers] = MappingProxyType(
    {
        "LIF, spike counts": HiddenLayers(_lif, counts=True),
        "Izhikevich, spike counts": HiddenLayers(_izhikevich, counts=True),
        "two FHN layers, means": HiddenLayers(_fhn, layers=2),
    }
)


def build(hidden: HiddenLayers, setup: Setup, seed: int) -> keras.Sequential:
    """Return an untrained network 784 - 100 neurons (once or twice) - 10 on raw images."""
    layers = [keras.Input((28, 28), dtype="uint8"), keras.layers.Rescaling(1 / 255)]
    layers += [make_jitter(RECIPE.jitter, seed), keras.layers.Flatten()]
    for number in range(hidden.layers):
        start = keras.initializers.GlorotUniform(seed=100 * seed + number)
        layers += [keras.layers.Dense(100, kernel_initializer=start, name=f"hidden-{number}")]
        layers += [hidden.make(setup, seed)]
        layers += [keras.layers.Rescaling(_COUNT_SCALE)] if hidden.counts else []
    start = keras.initializers.GlorotUniform(seed=100 * seed + 99)
    layers += [keras.layers.Dense(10, "softmax", kernel_initializer=start, name="readout")]
    return keras.Sequential(layers, name="loop")


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train every network for every seed on five sixths of the training images; the rest validates."""
    data = load_images(setup)
    held = hold_out(data)
    recipe = replace(RECIPE, epochs=int(setup.options["epochs"]))
    found: dict[str, list[float]] = {name: [] for name in NETWORKS}
    histories: dict[str, list[dict]] = {name: [] for name in NETWORKS}
    for name, hidden in NETWORKS.items():
        for seed in setup.seeds:
            job = LoopTrainingJob(recipe, held, f"{name}, seed {seed}", seed, (held.x_test, held.y_test))
            model, history = train_or_load_loop(context, partial(build, hidden, setup, seed), job)
            histories[name].append(history)
            measure = partial(accuracy, model, data.x_test, data.y_test)
            found[name].append(context.cached(f"{name}, seed {seed}, test", measure))
    test = {name: 100 * np.array(shares) for name, shares in found.items()}
    curve = {name: 100 * by_epoch(histories[name], "validation_accuracy") for name in NETWORKS}
    seconds = {name: float(np.median(by_epoch(histories[name], "seconds"))) for name in NETWORKS}
    return Outcome(
        {"test": test, "held out by epoch": curve, "seconds an epoch": seconds},
        _claims(setup, test),
        (_table(test, curve, seconds, len(held.x_train)),),
        (_draw(context, curve),),
        ("The test images are looked at once, after the last epoch.",),
    )


def _claims(setup: Setup, accuracy: dict[str, np.ndarray]) -> tuple[Claim, ...]:
    if setup.data != "full" or setup.options["images"]:
        return ()
    lif = float(accuracy["LIF, spike counts"].mean())
    return (Claim.at_least("100 LIF neurons: test images recognised (%)", OURS, paper=LIF_BAR, measured=lif),)


def _table(accuracy: dict, curve: dict, seconds: dict, n_images: int) -> Table:
    rows = [
        (name, mean_sd(curve[name][:, -1], 2), mean_sd(accuracy[name], 2), f"{seconds[name]:.1f}") for name in accuracy
    ]
    columns = ("hidden layer", "held out (%)", "test (%)", "seconds an epoch")
    n_seeds = len(next(iter(accuracy.values())))
    return Table("Neurons in the loop", columns, tuple(rows), f"{n_seeds} networks each, {n_images} training images.")


def _draw(context: RunContext, curve: dict) -> Figure:
    plot_epochs(context.figure("epochs"), curve, Labels("Neurons in the loop", "epoch", "held-out images (%)"))
    return Figure("epochs.png", "Accuracy by epoch", "A rising line for each kind of hidden layer.")
