"""Training with FHN neurons in the loop. Bogatenko et al. (2023), section 4: table 2, figures 6 and A.7.

The paper leaves open what the loss sees, which loss it is, and what the first weights are. Two recipes are run for
every seed: one as the paper may have had it, with squared errors of a softmax and first weights that spread as far as
even ones from -1 to 1 (0.6), and one with the cross-entropy and Glorot's weights. Why a digit may never be learnt is
tried out.
"""

from dataclasses import replace

import numpy as np

from spikenet.data import Dataset, load_dataset
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.paper import TABLE_2, check_neurons
from spikenet.papers.bogatenko2023.recognised import right_of
from spikenet.papers.bogatenko2023.trained.as_in_paper_report import Trained, claims, draw, notes, tables
from spikenet.papers.bogatenko2023.trained.loop_recipe import (
    LOOP_OPTIONS,
    PLACES,
    Lesson,
    Recipe,
    build_loop,
    keep_trained,
)

PAPER = "squared errors"
MENDED = "cross-entropy"
RECIPES = {
    PAPER: Recipe(loss="squared", optimizer="sgd", rate=1.0, spread=0.6),
    MENDED: Recipe(loss="crossentropy", optimizer="adam", rate=2e-3),
}
SPREADS = (0.1, 0.3, 0.6, 1.0)
SEEN = ("mean", "instants", "final")
_DEAD = 5.0  # per cent: a digit below it was not learnt


def run(setup: Setup, desk: Desk) -> Outcome:
    """Both recipes for every seed; with all data, the choices that the paper leaves open, too."""
    data, images = load_dataset("mnist", "mini"), _images(setup)
    epochs = int(setup.options["epochs"])
    trained = Trained({part: labels for part, (_, labels) in images.items()})
    for seed in setup.seeds:
        for name, recipe in RECIPES.items():
            right, history = _one(
                setup, desk, replace(recipe, epochs=epochs), data, images, f"{name}, seed {seed}", seed
            )
            trained.add(name, right, history)
    if int(setup.options["choices"]):
        _choices(setup, desk, data, trained)
        _dead_digits(setup, desk, data, trained)
    return Outcome(trained.metrics(), claims(trained), tables(trained), draw(desk, trained), notes(trained))


def _images(setup: Setup) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Images and labels of the columns of table 2; all of MNIST only if the setup says so."""
    sets = [load_dataset("mnist", "mini"), *([load_dataset("mnist", "full")] if setup.data == "full" else [])]
    parts = [pair for data in sets for pair in ((data.x_train, data.y_train), (data.x_test, data.y_test))]
    return dict(zip(TABLE_2, parts, strict=False))


def _one(setup: Setup, desk: Desk, recipe: Recipe, data: Dataset, images: dict, key: str, seed: int):  # noqa: PLR0913
    """Images recognised by dwell time, by column and digit, and the epochs of the training."""
    model, history = keep_trained(
        desk, lambda: build_loop(recipe, setup, seed), Lesson(recipe, data, key, seed, (data.x_test, data.y_test))
    )

    def recognise() -> dict:
        hybrid, sizes, found = Hybrid.from_keras(model), [len(labels) for _, labels in images.values()], {}
        with desk.progress(f"{key}: {sum(sizes)} images by dwell time", sum(sizes)) as progress:
            for (part, (shown, labels)), share in zip(images.items(), progress.parts(sizes), strict=True):
                found[part] = right_of(hybrid.predict(shown, progress=share.at), labels)
        return found

    return desk.keep(f"{key}, recognised", recognise), history


def _choices(setup: Setup, desk: Desk, data: Dataset, trained: Trained) -> None:
    """Where the tanh is, and what the loss sees: test images recognised, one seed."""
    test, seed = {"1,000 test": (data.x_test, data.y_test)}, setup.seeds[0]
    for place in PLACES:
        for seen in SEEN:
            recipe = replace(RECIPES[MENDED], tanh=place, sees=seen, epochs=int(setup.options["choice_epochs"]))
            right, _ = _one(setup, desk, recipe, data, test, f"tanh {place}, {seen}, seed {seed}", seed)
            trained.choices[place, seen] = right["1,000 test"]


def _dead_digits(setup: Setup, desk: Desk, data: Dataset, trained: Trained) -> None:
    """How many digits are never learnt, by loss and by the spread of the first weights."""
    test = {"1,000 test": (data.x_test, data.y_test)}
    for name, recipe in RECIPES.items():
        for spread in SPREADS:
            for seed in setup.seeds:
                tried = replace(recipe, spread=spread, epochs=int(setup.options["choice_epochs"]))
                right, _ = _one(setup, desk, tried, data, test, f"{recipe.loss}, spread {spread}, seed {seed}", seed)
                share = 100 * right["1,000 test"] / np.bincount(data.y_test, minlength=10)
                trained.dead.setdefault((name, spread), []).append([int(k) for k in np.flatnonzero(share < _DEAD)])


OPTIONS = {**LOOP_OPTIONS, "epochs": 30, "choices": 0, "choice_epochs": 15}
check = check_neurons
