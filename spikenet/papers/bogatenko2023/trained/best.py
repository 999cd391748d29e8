"""The best that 100 FHN neurons in the loop do, beside table 2 of Bogatenko et al. (2023).

First a network is trained on the mean over time, with images moved a little; then on votes, the share of the time that
each class wins, which is what the dwell decoder takes. A sixth of the training images is held out: it decides which of
the two networks a decoder gets. The test images are looked at once, at the end.
"""

from dataclasses import dataclass, field, replace
from functools import partial

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.paper import check_neurons, images_of
from spikenet.papers.bogatenko2023.recognised import score
from spikenet.papers.bogatenko2023.trained.best_report import Best, claims, draw, notes, tables
from spikenet.papers.bogatenko2023.trained.loop_recipe import (
    LOOP_OPTIONS,
    Lesson,
    Recipe,
    build_loop,
    keep_trained,
    weights_of,
)
from spikenet.papers.bogatenko2023.training_curves import hold_out

GAMMAS = (-0.5, -1.0)
MEAN = Recipe(
    sees="mean", surrogate="response", sigmoid=False, biases=True, rate=5e-3, falls=True, batch=256, jitter=1.0
)
VOTES = replace(MEAN, sees="instants", instants=16, votes=True, rate=2e-3, jitter=0.5)


@dataclass(frozen=True)
class Stage:
    """One of the two trainings, in the order in which they are done."""

    name: str
    recipe: Recipe
    option: str = field(default="")


STAGES = (Stage("mean", MEAN, "epochs"), Stage("votes", VOTES, "vote_epochs"))


def run(setup: Setup, desk: Desk) -> Outcome:
    """Train twice for every gamma and seed, and read out by all decoders."""
    data = images_of(setup)
    held = hold_out(data)
    best = Best({"held out": held.y_test, "test": data.y_test})
    for gamma in GAMMAS:
        for seed in setup.seeds:
            _train(setup, desk, held, data, gamma, seed, best)
    return Outcome(best.metrics(), claims(best), tables(best), draw(desk, best), notes(best))


def _train(setup: Setup, desk: Desk, held: Dataset, data: Dataset, gamma: float, seed: int, best: Best) -> None:  # noqa: PLR0913
    """Both trainings, the second from the weights of the first."""
    weights = None
    for one in STAGES:
        epochs = int(setup.options[one.option])
        if one.name == "votes" and not epochs:
            continue
        recipe = replace(one.recipe, gamma=gamma, epochs=epochs)
        lesson = Lesson(recipe, held, f"gamma {gamma:g}, seed {seed}, {one.name}", seed)
        make = partial(build_loop, recipe, setup, seed, weights=weights)
        model, history = keep_trained(desk, make, lesson)
        weights = weights_of(model)
        right = _recognised(setup, desk, model, {"held out": held, "test": data}, lesson.key)
        best.add(gamma, one.name, right, history)
        if seed == setup.seeds[0]:
            model.save(desk.file(f"fhn-loop-gamma{gamma:g}-{one.name}.keras"))


def _recognised(setup: Setup, desk: Desk, model: keras.Model, parts: dict[str, Dataset], key: str) -> dict:
    """Test images recognised, by part, decoder and digit."""

    def recognise() -> dict:
        sizes, found, hybrid = [len(data.y_test) for data in parts.values()], {}, Hybrid.from_keras(model)
        with desk.progress(f"{key}: {sum(sizes)} images read out", sum(sizes)) as progress:
            for (part, data), share in zip(parts.items(), progress.parts(sizes), strict=True):
                found[part] = score(hybrid, data.x_test, data.y_test, setup.options["smooth"], share.at)
        return found

    found = desk.keep(f"{key}, recognised", recognise)
    return {part: {name: np.asarray(counts) for name, counts in by.items()} for part, by in found.items()}


OPTIONS = {**LOOP_OPTIONS, "epochs": 40, "vote_epochs": 16, "smooth": "5 ms", "images": 0}
check = check_neurons
