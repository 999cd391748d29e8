"""Training in the loop from two starts: a trained network with embedded, calibrated neurons, and nothing."""

from dataclasses import replace
from functools import partial

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.ann import HIDDEN, READOUT, keep_ann
from spikenet.papers.bogatenko2023.paper import TRAINING_OPTIONS, check_neurons, embed_fhn, images_of, training_of
from spikenet.papers.bogatenko2023.recognised import DECODED, decode_all
from spikenet.papers.bogatenko2023.trained.best import MEAN
from spikenet.papers.bogatenko2023.trained.loop_recipe import LOOP_OPTIONS, Lesson, Recipe, build_loop, keep_trained
from spikenet.papers.bogatenko2023.training_curves import hold_out, plot_course
from spikenet.progress import silent
from spikenet.report.figure import Figure
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd

STARTS = ("trained network", "nothing")
OURS = "our own"


def run(setup: Setup, desk: Desk) -> Outcome:
    """Both starts for every seed, on five sixths of the training images; epoch 0 is before any training in the loop."""
    data = images_of(setup)
    held = hold_out(data)
    recipe = replace(MEAN, gamma=float(setup.options["gamma"]), epochs=int(setup.options["loop_epochs"]))
    course: dict[str, list] = {start: [] for start in STARTS}
    test: dict[str, list] = {start: [] for start in (*STARTS, "before training in the loop")}
    for seed in setup.seeds:
        ann = keep_ann(desk, held, training_of(setup), seed)
        weights = desk.keep(f"seed {seed}, calibrated", lambda ann=ann: _calibrated(setup, ann, held, recipe.gamma))
        for start in STARTS:
            given = weights if start == "trained network" else None
            # A trained network is only polished: at the full rate it would forget where it came from.
            taught = replace(recipe, rate=recipe.rate / 5) if given else recipe
            found, accuracies = _from(setup, desk, taught, held, data, given, f"from {start}, seed {seed}", seed)
            course[start].append(found)
            test[start].append(accuracies["after"])
            if given:
                test["before training in the loop"].append(accuracies["before"])
    lines = {f"from {start}": 100 * np.array(found) for start, found in course.items()}
    return Outcome(
        {"held out by epoch": lines, "test": test},
        _claims(test),
        (_table(test),),
        (_draw(desk, lines),),
        ("The test images are looked at after training; the held-out ones are a sixth of the training images.",),
    )


def _calibrated(setup: Setup, ann: keras.Model, held: Dataset, gamma: float) -> dict[str, list]:
    """Weights with which the neurons in the loop do what the embedded, calibrated ones do."""
    hybrid = embed_fhn(setup, ann, gamma, calibrate=held.x_train, progress=silent)
    first = [hybrid.calibration.gain * one for one in ann.get_layer(HIDDEN).get_weights()]
    return {HIDDEN: first, READOUT: [hybrid.readout.weights, hybrid.readout.bias]}


def _from(setup, desk, recipe: Recipe, held: Dataset, data: Dataset, weights, key: str, seed: int):  # noqa: PLR0913
    """Held-out accuracy by epoch, from the start on, and the test accuracies by decoder, before and after."""

    make = partial(build_loop, recipe, setup, seed, weights=weights)
    before = make()
    shown = {"held out": (held.x_test, held.y_test), "test": (data.x_test, data.y_test)}
    first = desk.keep(f"{key}, before", lambda: _read(setup, desk, Hybrid.from_keras(before), shown, f"{key}, before"))
    lesson = Lesson(recipe, held, key, seed, (held.x_test, held.y_test))
    model, history = keep_trained(desk, make, lesson)
    last = desk.keep(f"{key}, after", lambda: _read(setup, desk, Hybrid.from_keras(model), shown, f"{key}, after"))
    course = [first["held out"]["mean"], *(epoch["validation_accuracy"] for epoch in history["epochs"])]
    return course, {"before": first["test"], "after": last["test"]}


def _read(setup: Setup, desk: Desk, hybrid: Hybrid, shown: dict, key: str) -> dict:
    """Shares recognised, by part and decoder."""
    found = {}
    with desk.progress(f"{key}: read out", len(shown)) as progress:
        for part, (images, labels) in shown.items():
            classes = decode_all(hybrid, images, setup.options["smooth"], silent)
            found[part] = {name: float(np.mean(one == labels)) for name, one in classes.items()}
            progress.step()
    return found


def _claims(test: dict[str, list]) -> tuple[Claim, ...]:
    before, after = (
        100 * float(np.mean([one["mean"] for one in test[name]]))
        for name in ("before training in the loop", "trained network")
    )
    return (
        Claim.at_least(
            "training in the loop adds to the embedded network: points by mean",
            OURS,
            paper=0.0,
            measured=after - before,
        ),
    )


def _table(test: dict[str, list]) -> Table:
    names = {
        "before training in the loop": "trained network, calibrated",
        "trained network": "the same, trained in the loop",
        "nothing": "trained in the loop from nothing",
    }
    rows = [
        (text, *(mean_sd([100 * one[decoder] for one in test[name]], 2) for decoder in DECODED))
        for name, text in names.items()
    ]
    columns = ("network", "dwell time (%)", "mean (%)", "dwell after low-pass (%)")
    return Table("Two starts, test images", columns, tuple(rows), f"{len(test['nothing'])} networks each.")


def _draw(desk: Desk, lines: dict[str, np.ndarray]) -> Figure:
    labels = Labels("Training in the loop from two starts", "epoch", "held-out images recognised (%)")
    plot_course(desk.figure("transfer"), lines, labels, first=0)
    return Figure(
        "transfer.png", "Accuracy by epoch from both starts", "One line starts high and one from chance.",
        "By the mean over time. Bands: one standard deviation over the seeds.",
    )  # fmt: skip


OPTIONS = {**LOOP_OPTIONS, **TRAINING_OPTIONS, "gamma": -1.0, "loop_epochs": 10, "smooth": "5 ms"}
check = check_neurons
