"""Accuracy against the gain of the drive. Bogatenko et al. (2023), figure 4."""

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.ann import classify, keep_ann
from spikenet.papers.bogatenko2023.embedded.gamma_report import Curves, claims, draw, notes, tables
from spikenet.papers.bogatenko2023.paper import (
    NEURON_OPTIONS,
    TRAINING_OPTIONS,
    check_neurons,
    embed_fhn,
    images_of,
    is_complete,
    show_widest,
    training_of,
)
from spikenet.papers.bogatenko2023.recognised import decode_all
from spikenet.progress import Progress, silent


def run(setup: Setup, desk: Desk) -> Outcome:
    """Show the test images to the plain and the calibrated network, at every gamma and seed."""
    data, training = images_of(setup), training_of(setup)
    gammas = gammas_of(setup)
    curves = Curves(np.sort(gammas), is_complete(setup))
    first = keep_ann(desk, data, training, setup.seeds[0])
    with desk.progress("responses of FHN neurons", 1) as progress:
        show_widest(embed_fhn(setup, first, gammas[0]), gammas[0], progress.at)
    for seed in setup.seeds:
        model = keep_ann(desk, data, training, seed)
        curves.ann.append(100 * float(np.mean(classify(model, data.x_test) == data.y_test)))
        with desk.progress(f"seed {seed}: {len(data.x_test)} images, {len(gammas)} gains", len(gammas)) as progress:
            for gamma, part in progress.over(gammas):
                found = desk.keep(
                    f"seed {seed}, gamma {gamma:g}",
                    lambda model=model, gamma=gamma, part=part: _both(setup, model, gamma, data, part),
                )
                for kind, accuracies in found.items():
                    curves.add(kind, seed, gamma, accuracies)
    return Outcome(curves.metrics(), claims(curves), tables(curves), draw(desk, curves), notes(curves))


def gammas_of(setup: Setup) -> list[float]:
    """The gains from ``low`` to ``high``, widest first: a response table over the range of one serves the smaller."""
    low, high, step = (float(setup.options[name]) for name in ("low", "high", "step"))
    even = np.arange(round(low / step), round(high / step) + 1) * step
    near_zero = [gamma for gamma in (-0.05, 0.05) if low < gamma < high]
    found = sorted({round(float(gamma), 6) for gamma in (*even, *near_zero)}, key=lambda gamma: (-abs(gamma), gamma))
    return found


def _both(setup: Setup, model: keras.Model, gamma: float, data: Dataset, progress: Progress) -> dict[str, dict]:
    """Per cent of the test images, by embedding and decoder; without a drive there is nothing to calibrate."""

    def accuracies(hybrid: Hybrid, half: Progress) -> dict[str, float]:
        found = decode_all(hybrid, data.x_test, setup.options["smooth"], half.at)
        return {name: 100 * float(np.mean(classes == data.y_test)) for name, classes in found.items()}

    first, second = progress.parts([1, 1])
    plain = {"plain": accuracies(embed_fhn(setup, model, gamma), first)}
    if gamma == 0:
        return plain
    fitted = embed_fhn(setup, model, gamma, calibrate=data.x_train, progress=silent)
    return plain | {"calibrated": accuracies(fitted, second)}


OPTIONS = {
    **NEURON_OPTIONS,
    **TRAINING_OPTIONS,
    "smooth": "5 ms",
    "low": -2.0,
    "high": 1.0,
    "step": 0.1,
}
check = check_neurons
