"""Figure 4 of Bogatenko et al. (2023): accuracy against gamma, the gain of the drive."""

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.experiments.classification import classify
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.ann import train_or_load_ann
from spikenet.papers.bogatenko2023.decoder_comparison import decode_all
from spikenet.papers.bogatenko2023.embedded.gain_curve_report import GainCurves, claims, draw, notes, tables
from spikenet.papers.bogatenko2023.options import (
    ann_training,
    check_neurons,
    embed_fhn,
    load_images,
    prepare_responses,
    uses_all_data,
)
from spikenet.progress import Progress, silent

check = check_neurons


def run(setup: Setup, context: RunContext) -> Outcome:
    """Measure the test accuracy of the plain and the calibrated network, at every gamma and seed."""
    data, training = load_images(setup), ann_training(setup)
    gammas = gammas_of(setup)
    curves = GainCurves(np.sort(gammas), uses_all_data(setup))
    first = train_or_load_ann(context, data, training, setup.seeds[0])
    with context.progress("responses of FHN neurons", 1) as progress:
        prepare_responses(embed_fhn(setup, first, gammas[0]), gammas[0], progress.at)
    for seed in setup.seeds:
        model = train_or_load_ann(context, data, training, seed)
        curves.ann.append(100 * float(np.mean(classify(model, data.x_test) == data.y_test)))
        with context.progress(f"seed {seed}: {len(data.x_test)} images, {len(gammas)} gains", len(gammas)) as progress:
            for gamma, part in progress.over(gammas):
                found = context.cached(
                    f"seed {seed}, gamma {gamma:g}",
                    lambda model=model, gamma=gamma, part=part: _accuracies(setup, model, gamma, data, part),
                )
                for kind, accuracies in found.items():
                    curves.add(kind, seed, gamma, accuracies)
    return Outcome(curves.metrics(), claims(curves), tables(curves), draw(context, curves), notes(curves))


def gammas_of(setup: Setup) -> list[float]:
    """Return the gains from ``low`` to ``high``; the widest first, as its response table serves the others."""
    low, high, step = (float(setup.options[name]) for name in ("low", "high", "step"))
    even = np.arange(round(low / step), round(high / step) + 1) * step
    near_zero = [gamma for gamma in (-0.05, 0.05) if low < gamma < high]
    return sorted({round(float(gamma), 6) for gamma in (*even, *near_zero)}, key=lambda gamma: (-abs(gamma), gamma))


def _accuracies(setup: Setup, model: keras.Model, gamma: float, data: Dataset, progress: Progress) -> dict[str, dict]:
    """Return per cent of the test images, by embedding and decoder; without a drive there is nothing to calibrate."""

    def accuracies(hybrid: Hybrid, half: Progress) -> dict[str, float]:
        found = decode_all(hybrid, data.x_test, setup.options["smooth"], half.at)
        return {name: 100 * float(np.mean(classes == data.y_test)) for name, classes in found.items()}

    first, second = progress.parts([1, 1])
    plain = {"plain": accuracies(embed_fhn(setup, model, gamma), first)}
    if gamma == 0:
        return plain
    fitted = embed_fhn(setup, model, gamma, calibrate=data.x_train, progress=silent)
    return plain | {"calibrated": accuracies(fitted, second)}
