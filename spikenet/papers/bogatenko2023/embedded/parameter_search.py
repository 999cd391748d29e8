"""A search for what Bogatenko et al. (2023) leave open: epsilon, the initial state, and the training of the network.

It uses training images only: networks are trained on five sixths of them, and the rest validates. The criterion for
the neurons is the distance to the training columns of table 1.
"""

from dataclasses import dataclass

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.encode import tanh_drive
from spikenet.experiments.classification import accuracy, count_correct, percent_correct
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.hybrid import embed
from spikenet.neurons import FHN, NeuronModel
from spikenet.papers.bogatenko2023.ann import HIDDEN, Training, train_or_load_ann
from spikenet.papers.bogatenko2023.embedded.parameter_search_report import (
    AnnAccuracy,
    SearchResult,
    draw,
    metrics,
    notes,
    tables,
)
from spikenet.papers.bogatenko2023.options import (
    ann_training,
    load_images,
    prepare_responses,
)
from spikenet.papers.bogatenko2023.published_tables import GAMMAS
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
class NeuronSettings:
    """One choice for the neurons: epsilon and their initial state."""

    epsilon: float
    start: str = USUAL_START

    @property
    def engine(self) -> str | None:
        """The engine that is needed instead of the setup's; a response table has no units that start differently."""
        return "cpp" if self.start == RANDOM else None

    @property
    def dt(self) -> str:
        """A time step with at least ten steps in the fast time constant."""
        return "0.01 ms" if self.epsilon >= 0.05 else "0.005 ms"

    def neuron(self, n_units: int) -> NeuronModel:
        """Return the model; random starts are uniform in the box that the limit cycle fills."""
        fhn = FHN(epsilon=self.epsilon)
        if self.start == RANDOM:
            rng = np.random.default_rng(0)
            return fhn.with_initial(x=rng.uniform(-2, 2, n_units), y=rng.uniform(-2 / 3, 2 / 3, n_units))
        x, y = STARTS[self.start]
        return fhn.with_initial(x=x, y=y)


def run(setup: Setup, context: RunContext) -> Outcome:
    """Try every training at every epsilon; then every start for the combination that comes closest."""
    data = load_images(setup)
    data = hold_out(data)
    shown = data.split_validation(int(setup.options["sample"]), seed=0)  # its test part is used
    recipes = _recipes(setup)
    models = {
        (recipe, seed): train_or_load_ann(context, data, recipe, seed) for recipe in recipes for seed in setup.seeds
    }
    networks = [_ann_accuracy(context, data, recipe, seed, model) for (recipe, seed), model in models.items()]
    cases = [NeuronSettings(float(epsilon)) for epsilon in setup.options["epsilons"]]
    found = _try_all(setup, context, cases, models, shown)
    best = min(found, key=lambda result: result.distance)
    closest = {key: model for key, model in models.items() if str(key[0]) == best.recipe}
    found += _try_all(setup, context, [NeuronSettings(best.epsilon, s) for s in _other_starts(setup)], closest, shown)
    found.sort(key=lambda result: result.distance)
    return Outcome(
        metrics(found, networks),
        (),
        tables(found, networks),
        draw(context, found),
        notes(found, networks, len(shown.x_test)),
    )


def _recipes(setup: Setup) -> list[Training]:
    """Return the first ``recipes`` of RECIPES; settings that they do not name are those of `fhn-embed`."""
    usual = ann_training(setup)
    return [Training(**{"epochs": usual.epochs, **changes}) for changes in RECIPES[: int(setup.options["recipes"])]]


def _other_starts(setup: Setup) -> list[str]:
    return [start for start in STARTS if start != USUAL_START] + [RANDOM] * bool(setup.options["random"])


def _ann_accuracy(context: RunContext, data: Dataset, recipe: Training, seed: int, model: keras.Model) -> AnnAccuracy:
    """Return the accuracy of a network without neurons on its training images and on those held out."""
    found = context.cached(
        f"{recipe}, seed {seed}, accuracy",
        lambda: [accuracy(model, data.x_train, data.y_train), accuracy(model, data.x_test, data.y_test)],
    )
    return AnnAccuracy(str(recipe), seed, 100 * found[0], 100 * found[1])


def _try_all(
    setup: Setup, context: RunContext, cases: list[NeuronSettings], models: dict, shown: Dataset
) -> list[SearchResult]:
    """Return a result for each case and recipe; all networks use the same neurons before the next ones are compiled."""
    recipes = list(dict.fromkeys(recipe for recipe, _ in models))
    digits: dict[tuple[NeuronSettings, Training], list[np.ndarray]] = {
        (case, recipe): [] for case in cases for recipe in recipes
    }
    total = len(cases) * len(models)
    if not total:
        return []
    with context.progress(f"{len(shown.x_test)} images in {total} hybrid networks", total) as progress:
        every = [(case, key) for case in cases for key in models]
        for (case, (recipe, seed)), part in progress.over(every):
            counts = context.cached(
                f"epsilon {case.epsilon:g}, start {case.start}, {recipe}, seed {seed}",
                lambda case=case, key=(recipe, seed), part=part: _count_correct(setup, case, models[key], shown, part),
            )
            digits[case, recipe].append(percent_correct(counts, shown.y_test))
    return [
        SearchResult(str(recipe), case.epsilon, case.start, np.array(found)) for (case, recipe), found in digits.items()
    ]


def _count_correct(
    setup: Setup, case: NeuronSettings, model: keras.Model, shown: Dataset, progress: Progress
) -> np.ndarray:
    """Return how many images of each digit are classified correctly by dwell time, (gamma, digit) int."""
    neuron = case.neuron(model.get_layer(HIDDEN).units)
    timing = {"settle": setup.options["settle"], "duration": setup.options["duration"], "dt": case.dt}
    counts = []
    for gamma, part in progress.over(GAMMAS):
        hybrid = embed(model, HIDDEN, neuron, tanh_drive(gamma), engine=case.engine or setup.engine, **timing)
        if gamma == GAMMAS[0]:
            prepare_responses(hybrid, gamma, silent)
        counts.append(count_correct(hybrid.predict(shown.x_test, progress=part.at), shown.y_test))
    return np.array(counts)
