"""Training with neurons in the loop from two starts: an embedded, calibrated network, and untrained weights."""

from dataclasses import replace
from functools import partial

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.ann import HIDDEN, READOUT, train_or_load_ann
from spikenet.papers.bogatenko2023.decoder_comparison import DECODER_NAMES, decode_all
from spikenet.papers.bogatenko2023.options import ann_training, check_neurons, embed_fhn, load_images
from spikenet.papers.bogatenko2023.trained.best_training import MEAN
from spikenet.papers.bogatenko2023.trained.loop_training import (
    LoopTrainingJob,
    build_loop,
    train_or_load_loop,
)
from spikenet.papers.bogatenko2023.training_curves import hold_out, plot_epochs
from spikenet.progress import silent
from spikenet.report.figure import Figure
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd

STARTS = ("trained network", "nothing")
OURS = "our own"
check = check_neurons


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train from both starts for every seed on five sixths of the training images; epoch 0 is before the training."""
    data = load_images(setup)
    held = hold_out(data)
    recipe = replace(MEAN, gamma=float(setup.options["gamma"]), epochs=int(setup.options["loop_epochs"]))
    curves: dict[str, list] = {start: [] for start in STARTS}
    test: dict[str, list] = {start: [] for start in (*STARTS, "before training in the loop")}
    for seed in setup.seeds:
        ann = train_or_load_ann(context, held, ann_training(setup), seed)
        weights = context.cached(
            f"seed {seed}, calibrated", lambda ann=ann: _calibrated(setup, ann, held, recipe.gamma)
        )
        for start in STARTS:
            given = weights if start == "trained network" else None
            # A pretrained network is fine-tuned at a lower rate; at the full one it would lose what it has learnt.
            tuned = replace(recipe, rate=recipe.rate / 5) if given else recipe
            job = LoopTrainingJob(tuned, held, f"from {start}, seed {seed}", seed, (held.x_test, held.y_test))
            found, accuracies = _train_from(setup, context, job, data, given)
            curves[start].append(found)
            test[start].append(accuracies["after"])
            if given:
                test["before training in the loop"].append(accuracies["before"])
    lines = {f"from {start}": 100 * np.array(found) for start, found in curves.items()}
    return Outcome(
        {"held out by epoch": lines, "test": test},
        _claims(test),
        (_table(test),),
        (_draw(context, lines),),
        ("The test images are looked at after training; the held-out ones are a sixth of the training images.",),
    )


def _calibrated(setup: Setup, ann: keras.Model, held: Dataset, gamma: float) -> dict[str, list]:
    """Return weights with which the neurons in the loop do the same as the embedded, calibrated ones."""
    hybrid = embed_fhn(setup, ann, gamma, calibrate=held.x_train, progress=silent)
    first = [hybrid.calibration.gain * one for one in ann.get_layer(HIDDEN).get_weights()]
    return {HIDDEN: first, READOUT: [hybrid.readout.weights, hybrid.readout.bias]}


def _train_from(
    setup: Setup, context: RunContext, job: LoopTrainingJob, data: Dataset, weights: dict | None
) -> tuple[list[float], dict]:
    """Return held-out accuracy by epoch, from epoch 0 on, and test accuracies by decoder before and after."""
    make = partial(build_loop, job.recipe, setup, job.seed, weights=weights)
    shown = {"held out": job.validation, "test": (data.x_test, data.y_test)}
    first = _accuracies(setup, context, make(), shown, f"{job.key}, before")
    model, history = train_or_load_loop(context, make, job)
    last = _accuracies(setup, context, model, shown, f"{job.key}, after")
    curve = [first["held out"]["mean"], *(epoch["validation_accuracy"] for epoch in history["epochs"])]
    return curve, {"before": first["test"], "after": last["test"]}


def _accuracies(setup: Setup, context: RunContext, model: keras.Model, shown: dict, key: str) -> dict:
    """Return accuracies by part and decoder."""

    def measure() -> dict:
        hybrid, found = Hybrid.from_keras(model), {}
        with context.progress(f"{key}: read out", len(shown)) as progress:
            for part, (images, labels) in shown.items():
                classes = decode_all(hybrid, images, setup.options["smooth"], silent)
                found[part] = {name: float(np.mean(one == labels)) for name, one in classes.items()}
                progress.step()
        return found

    return context.cached(key, measure)


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
        (text, *(mean_sd([100 * one[decoder] for one in test[name]], 2) for decoder in DECODER_NAMES))
        for name, text in names.items()
    ]
    columns = ("network", "dwell time (%)", "mean (%)", "dwell after low-pass (%)")
    return Table("Two starts, test images", columns, tuple(rows), f"{len(test['nothing'])} networks each.")


def _draw(context: RunContext, lines: dict[str, np.ndarray]) -> Figure:
    labels = Labels("Training in the loop from two starts", "epoch", "held-out images recognised (%)")
    plot_epochs(context.figure("transfer"), lines, labels, first=0)
    return Figure(
        "transfer.png", "Accuracy by epoch from both starts", "One line starts high and one from chance.",
        "By the mean over time. Bands: one standard deviation over the seeds.",
    )  # fmt: skip
