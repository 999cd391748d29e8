"""All gradients on the same tasks: accuracy against epochs and seconds of training, with neurons in the loop.

FitzHugh-Nagumo (FHN) neurons have two durations: the paper's, over which an exact derivative is mostly the drift of
phases, and a short one, in which backpropagation through time is affordable. Leaky integrate-and-fire (LIF) and
Izhikevich neurons are read out by their spike counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from spikenet.data import Dataset
from spikenet.encode import Drive, linear_drive, tanh_drive
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.layers.gradient.surrogate import SURROGATES
from spikenet.layers.population import Population
from spikenet.neurons import FHN, LIF, Izhikevich, NeuronModel
from spikenet.papers.bogatenko2023.options import load_images
from spikenet.papers.bogatenko2023.trained.loop_training import (
    LoopRecipe,
    LoopTrainingJob,
    build_network,
    train_or_load_loop,
)
from spikenet.papers.bogatenko2023.training_curves import by_epoch, hold_out, plot_epochs
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd

RECIPE = LoopRecipe(sigmoid=False, biases=True, rate=5e-3, batch=100)
_SPIKING = ("sigmoid", "response", *SURROGATES)


@dataclass(frozen=True)
class GradientTask:
    """Neurons, their durations, and the gradients to compare."""

    neuron: NeuronModel
    drive: Drive
    settle: str
    duration: str
    surrogates: tuple[str, ...]
    dt: str | None = None

    def population(self, setup: Setup, surrogate: str, seed: int) -> Population:
        return Population(
            self.neuron,
            drive=self.drive,
            settle=self.settle,
            duration=self.duration,
            dt=self.dt,
            output="count" if self.neuron.spiking else "mean",
            surrogate=surrogate,
            engine=setup.engine,
            seed=seed,
            name="neurons",
        )


_LIF_DRIVE = linear_drive("0.2 nA", "0.4 nA", "0 nA", "1.5 nA")
_IZHIKEVICH_DRIVE = linear_drive("5 V/s", "10 V/s", "0 V/s", "40 V/s")
TASKS: Mapping[str, GradientTask] = MappingProxyType(
    {
        "FHN, long": GradientTask(FHN, tanh_drive(-1.0), "200 ms", "100 ms", ("sigmoid", "response", "sensitivity")),
        "FHN, short": GradientTask(
            FHN, tanh_drive(-1.0), "1 ms", "4 ms", ("sigmoid", "response", "sensitivity", "step")
        ),
        "LIF": GradientTask(LIF, _LIF_DRIVE, "0 ms", "50 ms", _SPIKING, dt="0.5 ms"),
        "Izhikevich": GradientTask(Izhikevich, _IZHIKEVICH_DRIVE, "0 ms", "100 ms", _SPIKING, dt="0.5 ms"),
    }
)


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train with every gradient for every seed; a sixth of the training images validates each epoch."""
    data = load_images(setup)
    held = hold_out(data)
    found: dict[tuple[str, str], list[dict]] = {}
    for name, task in TASKS.items():
        for surrogate in task.surrogates:
            for seed in setup.seeds:
                history = _trained(setup, context, (name, surrogate, seed), held)
                found.setdefault((name, surrogate), []).append(history)
    return Outcome(_metrics(found), (), (_table(found, held),), _draw(context, found), _notes())


def _trained(setup: Setup, context: RunContext, which: tuple[str, str, int], held: Dataset) -> dict:
    name, surrogate, seed = which
    recipe = replace(RECIPE, surrogate=surrogate, epochs=int(setup.options["epochs"]))
    job = LoopTrainingJob(recipe, held, f"{name}, {surrogate}, seed {seed}", seed, (held.x_test, held.y_test))
    make = lambda: build_network(recipe, TASKS[name].population(setup, surrogate, seed), seed)  # noqa: E731
    return train_or_load_loop(context, make, job)[1]


def _metrics(found: dict) -> dict:
    return {
        f"{name}, {surrogate}": {
            "held out (%)": 100 * by_epoch(histories, "validation_accuracy"),
            "loss": by_epoch(histories, "loss"),
            "seconds": by_epoch(histories, "seconds"),
        }
        for (name, surrogate), histories in found.items()
    }


def _table(found: dict, held: Dataset) -> Table:
    rows = []
    for (name, surrogate), histories in found.items():
        accuracy, seconds = 100 * by_epoch(histories, "validation_accuracy"), by_epoch(histories, "seconds")
        later = seconds[:, 1:] if seconds.shape[1] > 1 else seconds  # the first makes tables and graphs
        task = TASKS[name]
        rows.append(
            (name, f"{task.settle} + {task.duration}", surrogate, mean_sd(accuracy[:, 0]), mean_sd(accuracy[:, -1]),
             mean_sd(np.median(later, axis=1), 2))
        )  # fmt: skip
    columns = (
        "neurons",
        "settle + record",
        "gradient",
        "after one epoch (%)",
        "after the last (%)",
        "seconds an epoch",
    )
    caption = (
        f"Held-out images recognised, by the mean over time or the count of spikes; {len(held.x_train)} training "
        f"images, {len(next(iter(found.values())))} networks each."
    )
    return Table("Gradients side by side", columns, tuple(rows), caption)


def _draw(context: RunContext, found: dict) -> tuple[Figure, ...]:
    figures = []
    for name in TASKS:
        mine = {surrogate: histories for (one, surrogate), histories in found.items() if one == name}
        series = {surrogate: 100 * by_epoch(histories, "validation_accuracy") for surrogate, histories in mine.items()}
        labels = Labels(f"Gradients: {name}, {TASKS[name].settle} + {TASKS[name].duration}", "epoch", "held out (%)")
        plot_epochs(context.figure(f"epochs-{_short(name)}"), series, labels)
        figures.append(Figure(f"epochs-{_short(name)}.png", f"Accuracy by epoch, {name}", "A line for each gradient."))
        figures.append(_by_seconds(context, name, mine, series))
    return tuple(figures)


def _by_seconds(context: RunContext, name: str, mine: dict, series: dict) -> Figure:
    """Draw accuracy over the seconds of training; each line ends where its training ended."""
    spent = {surrogate: by_epoch(histories, "seconds").mean(axis=0).cumsum() for surrogate, histories in mine.items()}
    least, most = min(one[0] for one in spent.values()), max(one[-1] for one in spent.values())
    at = np.geomspace(least, most, 200)
    lines = {
        surrogate: np.interp(at, spent[surrogate], series[surrogate].mean(axis=0), left=np.nan, right=np.nan)
        for surrogate in mine
    }
    labels = Labels(f"The same over time, {name}", "seconds of training", "held out (%)")
    plot_lines(context.figure(f"seconds-{_short(name)}"), at, lines, labels)
    return Figure(
        f"seconds-{_short(name)}.png", f"Accuracy by seconds, {name}", "Lines end where their training ended."
    )


def _short(name: str) -> str:
    return name.lower().replace(", ", "-")


def _notes() -> tuple[str, ...]:
    return (
        "Sensitivity and step are exact derivatives of what is recorded; over long times that is mostly how phases "
        "move, which no other image shares.",
    )
