"""Table 2, figures 6 and A.7 of Bogatenko et al. (2023): training with FitzHugh-Nagumo (FHN) neurons in the loop.

The paper does not name its loss, the output that the loss gets, or its first weights. Two recipes are run for every
seed: one that may be the paper's, with squared errors of a softmax and first weights with the spread of uniform ones
from -1 to 1 (0.6), and one with the cross-entropy and Glorot's weights. With ``choices=1`` other choices are tried, to
find out why a digit may never be learnt.
"""

from dataclasses import replace

import numpy as np

from spikenet.data import Dataset, load_dataset
from spikenet.experiments.classification import count_correct
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.options import check_neurons
from spikenet.papers.bogatenko2023.published_tables import TABLE_2
from spikenet.papers.bogatenko2023.trained.loop_training import (
    PLACES,
    LoopRecipe,
    LoopTrainingJob,
    build_loop,
    train_or_load_loop,
)
from spikenet.papers.bogatenko2023.trained.paper_training_report import Table2Results, claims, draw, notes, tables

SQUARED = "squared errors"
CROSS_ENTROPY = "cross-entropy"
RECIPES = {
    SQUARED: LoopRecipe(loss="squared", optimizer="sgd", rate=1.0, spread=0.6),
    CROSS_ENTROPY: LoopRecipe(loss="crossentropy", optimizer="adam", rate=2e-3),
}
SPREADS = (0.1, 0.3, 0.6, 1.0)
OUTPUTS = ("mean", "instants", "final")
_NOT_LEARNT = 5.0  # per cent: a digit below it was not learnt
check = check_neurons


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train by both recipes for every seed, and perhaps try what the paper leaves open."""
    data, images = load_dataset("mnist", "mini"), _images(setup)
    epochs = int(setup.options["epochs"])
    results = Table2Results({part: labels for part, (_, labels) in images.items()})
    for seed in setup.seeds:
        for name, recipe in RECIPES.items():
            job = _job(replace(recipe, epochs=epochs), data, f"{name}, seed {seed}", seed)
            results.add(name, *_train_and_count(setup, context, job, images))
    if int(setup.options["choices"]):
        _try_choices(setup, context, data, results)
        _try_spreads(setup, context, data, results)
    return Outcome(results.metrics(), claims(results), tables(results), draw(context, results), notes(results))


def _images(setup: Setup) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return images and labels for the columns of table 2; all of MNIST only with full data."""
    sets = [load_dataset("mnist", "mini"), *([load_dataset("mnist", "full")] if setup.data == "full" else [])]
    parts = [pair for data in sets for pair in ((data.x_train, data.y_train), (data.x_test, data.y_test))]
    return dict(zip(TABLE_2, parts, strict=False))


def _job(recipe: LoopRecipe, data: Dataset, key: str, seed: int) -> LoopTrainingJob:
    return LoopTrainingJob(recipe, data, key, seed, validation=(data.x_test, data.y_test))


def _train_and_count(setup: Setup, context: RunContext, job: LoopTrainingJob, images: dict) -> tuple[dict, dict]:
    """Train one network; return the correct images by dwell time, by column and digit, and the epochs."""
    model, history = train_or_load_loop(context, lambda: build_loop(job.recipe, setup, job.seed), job)

    def count() -> dict:
        hybrid, sizes, found = Hybrid.from_keras(model), [len(labels) for _, labels in images.values()], {}
        with context.progress(f"{job.key}: {sum(sizes)} images by dwell time", sum(sizes)) as progress:
            for (part, (shown, labels)), share in zip(images.items(), progress.parts(sizes), strict=True):
                found[part] = count_correct(hybrid.predict(shown, progress=share.at), labels)
        return found

    return context.cached(f"{job.key}, recognised", count), history


def _try_choices(setup: Setup, context: RunContext, data: Dataset, results: Table2Results) -> None:
    """Try the place of tanh and the output that the loss gets: correct test images of one seed."""
    test, seed = {"1,000 test": (data.x_test, data.y_test)}, setup.seeds[0]
    epochs = int(setup.options["choice_epochs"])
    for place in PLACES:
        for output in OUTPUTS:
            recipe = replace(RECIPES[CROSS_ENTROPY], tanh=place, output=output, epochs=epochs)
            job = _job(recipe, data, f"tanh {place}, {output}, seed {seed}", seed)
            counts, _ = _train_and_count(setup, context, job, test)
            results.choices[place, output] = counts["1,000 test"]


def _try_spreads(setup: Setup, context: RunContext, data: Dataset, results: Table2Results) -> None:
    """List the digits that are not learnt, by loss and by the spread of the first weights."""
    test, epochs = {"1,000 test": (data.x_test, data.y_test)}, int(setup.options["choice_epochs"])
    for name, recipe in RECIPES.items():
        for spread in SPREADS:
            for seed in setup.seeds:
                tried = replace(recipe, spread=spread, epochs=epochs)
                job = _job(tried, data, f"{recipe.loss}, spread {spread}, seed {seed}", seed)
                counts, _ = _train_and_count(setup, context, job, test)
                share = 100 * counts["1,000 test"] / np.bincount(data.y_test, minlength=10)
                digits = [int(digit) for digit in np.flatnonzero(share < _NOT_LEARNT)]
                results.not_learnt.setdefault((name, spread), []).append(digits)
