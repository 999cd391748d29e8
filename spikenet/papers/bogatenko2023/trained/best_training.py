"""The best accuracy of 100 FitzHugh-Nagumo (FHN) neurons in the loop, beside table 2 of Bogatenko et al. (2023).

A network is trained twice: first on the mean over time, with randomly moved images; then on votes, the share of the
time that each class wins, as the dwell decoder does. A sixth of the training images is held out and decides which of
the two networks a decoder gets. The test images are used once, at the end.
"""

from dataclasses import dataclass, replace
from functools import partial

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.decoder_comparison import count_correct_by_decoder
from spikenet.papers.bogatenko2023.options import check_neurons, load_images
from spikenet.papers.bogatenko2023.trained.best_training_report import BestResults, claims, draw, notes, tables
from spikenet.papers.bogatenko2023.trained.loop_training import (
    LoopRecipe,
    LoopTrainingJob,
    build_loop,
    dense_weights,
    train_or_load_loop,
)
from spikenet.papers.bogatenko2023.training_curves import hold_out

GAMMAS = (-0.5, -1.0)
MEAN = LoopRecipe(
    output="mean", surrogate="response", sigmoid=False, biases=True, rate=5e-3, cosine=True, batch=256, jitter=1.0
)
VOTES = replace(MEAN, output="instants", instants=16, votes=True, rate=2e-3, jitter=0.5)
check = check_neurons


@dataclass(frozen=True)
class TrainingStage:
    """One of the two trainings; ``option`` has its number of epochs."""

    name: str
    recipe: LoopRecipe
    option: str


STAGES = (TrainingStage("mean", MEAN, "epochs"), TrainingStage("votes", VOTES, "vote_epochs"))


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train twice for every gamma and seed, and count correct images by all decoders."""
    data = load_images(setup)
    parts = {"held out": hold_out(data), "test": data}
    results = BestResults({name: part.y_test for name, part in parts.items()})
    for gamma in GAMMAS:
        for seed in setup.seeds:
            _train(setup, context, parts, gamma, seed, results)
    return Outcome(results.metrics(), claims(results), tables(results), draw(context, results), notes(results))


def _train(
    setup: Setup, context: RunContext, parts: dict[str, Dataset], gamma: float, seed: int, results: BestResults
) -> None:
    """Do both trainings, the second from the weights of the first."""
    weights = None
    for stage in STAGES:
        epochs = int(setup.options[stage.option])
        if stage.name == "votes" and not epochs:
            continue
        recipe = replace(stage.recipe, gamma=gamma, epochs=epochs)
        job = LoopTrainingJob(recipe, parts["held out"], f"gamma {gamma:g}, seed {seed}, {stage.name}", seed)
        make = partial(build_loop, recipe, setup, seed, weights=weights)
        model, history = train_or_load_loop(context, make, job)
        weights = dense_weights(model)
        results.add(gamma, stage.name, _count_correct(setup, context, model, parts, job.key), history)
        if seed == setup.seeds[0]:
            model.save(context.file(f"fhn-loop-gamma{gamma:g}-{stage.name}.keras"))


def _count_correct(setup: Setup, context: RunContext, model: keras.Model, parts: dict[str, Dataset], key: str) -> dict:
    """Return the correct images by part, decoder and digit."""

    def count() -> dict:
        sizes, found, hybrid = [len(data.y_test) for data in parts.values()], {}, Hybrid.from_keras(model)
        with context.progress(f"{key}: {sum(sizes)} images read out", sum(sizes)) as progress:
            for (part, data), share in zip(parts.items(), progress.parts(sizes), strict=True):
                found[part] = count_correct_by_decoder(
                    hybrid, data.x_test, data.y_test, setup.options["smooth"], share.at
                )
        return found

    found = context.cached(f"{key}, recognised", count)
    return {part: {name: np.asarray(counts) for name, counts in by.items()} for part, by in found.items()}
