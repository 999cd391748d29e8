"""A search for what the paper leaves open: epsilon, the initial state, and how the network was trained.

On training images only: networks are trained on five sixths of them, the rest validates. The criterion for the neurons
is the distance to the training columns of table 1 of Bogatenko et al. (2023).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.encode import tanh_drive
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.hybrid import embed
from spikenet.neurons import FHN, NeuronModel
from spikenet.papers.bogatenko2023.ann import HIDDEN, Training, accuracy, keep_ann
from spikenet.papers.bogatenko2023.embedded.search_report import Candidate, Network, draw, metrics, notes, tables
from spikenet.papers.bogatenko2023.paper import (
    GAMMAS,
    NEURON_OPTIONS,
    TRAINING_OPTIONS,
    images_of,
    show_widest,
    training_of,
)
from spikenet.papers.bogatenko2023.recognised import per_cent, right_of
from spikenet.papers.bogatenko2023.training_curves import hold_out
from spikenet.progress import Progress, silent

RECIPES = (
    {},
    {"biases": False},
    {"rate": 6e-3, "decay": 0.03},
    {"rate": 4e-3, "decay": 0.1},
    {"rate": 2e-3, "decay": 0.0, "batch": 128},
    {"rate": 2e-3, "decay": 0.0, "batch": 128, "biases": False},
    {"optimizer": "sgd", "rate": 0.1, "decay": 0.0, "batch": 128},
    {"optimizer": "sgd", "rate": 0.1, "decay": 0.0, "batch": 128, "biases": False},
)
STARTS = {"(-1, -2/3)": (-1.0, -2 / 3), "(1, 2/3)": (1.0, 2 / 3), "(0.1, 0)": (0.1, 0.0), "(2, -1)": (2.0, -1.0)}
USUAL_START = "(-1, -2/3)"
RANDOM = "random"  # another one for every unit


@dataclass(frozen=True)
class Case:
    """One choice for the neurons: epsilon and where they start."""

    epsilon: float
    start: str = USUAL_START

    @property
    def engine(self) -> str | None:
        """The one that is needed where the setup's will not do: no table holds units that start differently."""
        return "cpp" if self.start == RANDOM else None

    @property
    def dt(self) -> str:
        """Ten steps in the fast time at least."""
        return "0.01 ms" if self.epsilon >= 0.05 else "0.005 ms"

    def neuron(self, n_units: int) -> NeuronModel:
        """The model; random starts lie evenly in the box that the limit cycle fills."""
        fhn = FHN(epsilon=self.epsilon)
        if self.start == RANDOM:
            rng = np.random.default_rng(0)
            return fhn.with_initial(x=rng.uniform(-2, 2, n_units), y=rng.uniform(-2 / 3, 2 / 3, n_units))
        x, y = STARTS[self.start]
        return fhn.with_initial(x=x, y=y)


def run(setup: Setup, desk: Desk) -> Outcome:
    """Every recipe at every epsilon; then every start for the combination that comes closest."""
    data = images_of(setup)
    data = hold_out(data)
    shown = data.split_validation(int(setup.options["sample"]), seed=0)  # its test part: so many of each digit
    recipes = _recipes(setup)
    models = {(recipe, seed): keep_ann(desk, data, recipe, seed) for recipe in recipes for seed in setup.seeds}
    networks = [_network(desk, data, recipe, seed, model) for (recipe, seed), model in models.items()]
    cases = [Case(float(epsilon)) for epsilon in setup.options["epsilons"]]
    found = _tried(setup, desk, cases, models, shown)
    best = min(found, key=lambda candidate: candidate.distance)
    closest = {key: model for key, model in models.items() if str(key[0]) == best.recipe}
    found += _tried(setup, desk, [Case(best.epsilon, s) for s in _other_starts(setup)], closest, shown)
    found.sort(key=lambda candidate: candidate.distance)
    return Outcome(
        metrics(found, networks),
        (),
        tables(found, networks),
        draw(desk, found),
        notes(found, networks, len(shown.x_test)),
    )


def _recipes(setup: Setup) -> list[Training]:
    """The first ``recipes`` of RECIPES; rates, batches and the like of the others as `fhn-embed` has them."""
    usual = training_of(setup)
    return [Training(**{"epochs": usual.epochs, **changes}) for changes in RECIPES[: int(setup.options["recipes"])]]


def _other_starts(setup: Setup) -> list[str]:
    return [start for start in STARTS if start != USUAL_START] + [RANDOM] * bool(setup.options["random"])


def _network(desk: Desk, data: Dataset, recipe: Training, seed: int, model: keras.Model) -> Network:
    """How well a network without neurons does on the images it was trained on, and on those held out."""
    found = desk.keep(
        f"{recipe}, seed {seed}, accuracy",
        lambda: [accuracy(model, data.x_train, data.y_train), accuracy(model, data.x_test, data.y_test)],
    )
    return Network(str(recipe), seed, 100 * found[0], 100 * found[1])


def _tried(setup: Setup, desk: Desk, cases: list[Case], models: dict, shown: Dataset) -> list[Candidate]:
    """A candidate for each case and recipe; all networks take the same neurons before the next ones are made."""
    recipes = list(dict.fromkeys(recipe for recipe, _ in models))
    digits: dict[tuple[Case, Training], list[np.ndarray]] = {(case, recipe): [] for case in cases for recipe in recipes}
    total = len(cases) * len(models)
    if not total:
        return []
    with desk.progress(f"{len(shown.x_test)} images in {total} hybrid networks", total) as progress:
        every = [(case, key) for case in cases for key in models]
        for (case, (recipe, seed)), part in progress.over(every):
            right = desk.keep(
                f"epsilon {case.epsilon:g}, start {case.start}, {recipe}, seed {seed}",
                lambda case=case, key=(recipe, seed), part=part: _right(setup, case, models[key], shown, part),
            )
            digits[case, recipe].append(per_cent(right, shown.y_test))
    return [
        Candidate(str(recipe), case.epsilon, case.start, np.array(found)) for (case, recipe), found in digits.items()
    ]


def _right(setup: Setup, case: Case, model: keras.Model, shown: Dataset, progress: Progress) -> np.ndarray:
    """Images recognised by plain dwell, (gamma, digit) int."""
    return np.array(list(_rows(setup, case, model, shown, progress)))


def _rows(setup: Setup, case: Case, model: keras.Model, shown: Dataset, progress: Progress) -> Iterable[np.ndarray]:
    neuron = case.neuron(model.get_layer(HIDDEN).units)
    timing = {"settle": setup.options["settle"], "duration": setup.options["duration"], "dt": case.dt}
    for gamma, part in progress.over(GAMMAS):
        hybrid = embed(model, HIDDEN, neuron, tanh_drive(gamma), engine=case.engine or setup.engine, **timing)
        if gamma == GAMMAS[0]:
            show_widest(hybrid, gamma, silent)
        classes = hybrid.predict(shown.x_test, progress=part.at)
        yield right_of(classes, shown.y_test)


OPTIONS = {
    **{name: value for name, value in NEURON_OPTIONS.items() if name != "epsilon"},
    **TRAINING_OPTIONS,
    "sample": 2000,
    "epsilons": [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0],
    "recipes": len(RECIPES),
    "random": True,
}
