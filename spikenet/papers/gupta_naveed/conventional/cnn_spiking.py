"""Section 3.5 for whole networks: trained ReLU networks as integrate-and-fire networks, accuracy against steps."""

from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from spikenet.data import load_dataset
from spikenet.engines import Cpp
from spikenet.errors import DataError, InvalidValueError
from spikenet.experiments.claim import Claim
from spikenet.experiments.classification import classify
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.hybrid import Spiking, to_brian
from spikenet.layers import load_model
from spikenet.papers.gupta_naveed import PAPER
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table

_SHOWN_LAYERS = 200  # images for which layers are compared
# Points that may be lost, by steps.
BARS = {"mnist": {8: 0.2, 32: 0.05}, "cifar10": {16: 1.0, 64: 0.3}}


@dataclass(frozen=True, eq=False)
class Images:
    """Images to calibrate on, and images to recognise with their labels."""

    training: np.ndarray = field(repr=False)
    tested: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)


def check(setup: Setup) -> None:
    """Raise an error for a model file that is not there."""
    if path := str(setup.options["model"]):
        _check_file(path)
    if max(setup.options["wait"]) > 1:
        raise InvalidValueError(f"wait is {setup.options['wait']}, wanted 0, or 1 for as many steps as a run has")


def _check_file(path: str) -> None:
    if not Path(path).is_file():
        raise DataError(f"model is {path!r}, which is no file; give a .keras file: --set model=models/NAME.keras")


def run(setup: Setup, context: RunContext) -> Outcome:
    """Convert the network for each number of steps, and classify images with it."""
    options = setup.options
    _check_file(str(options["model"]))
    model, images = load_model(str(options["model"])), _load_images(setup)
    if model.input_shape[1:] != images.tested.shape[1:]:
        raise InvalidValueError(
            f"{options['model']} takes images {model.input_shape[1:]}, and those of {options['dataset']} are "
            f"{images.tested.shape[1:]}; give the dataset it was trained on"
        )
    reference = classify(model, images.tested)
    keras_correct = 100 * float(np.mean(reference == images.labels))
    found = {}
    for wait in options["wait"]:
        for steps in sorted(options["steps"]):
            one = _measure(setup, context, model, images, Spiking(steps=steps, wait=steps * wait))
            classes = np.asarray(one.pop("classes"))
            found[wait, steps] = {
                "correct": 100 * float(np.mean(classes == images.labels)),
                "same": 100 * float(np.mean(classes == reference)),
                **one,
            }
            context.log(
                f"{steps} steps, wait {steps * wait}: {found[wait, steps]['correct']:.2f} % (Keras {keras_correct:.2f})"
            )
    _draw(context, found, keras_correct)
    return Outcome(
        metrics={
            "keras (%)": keras_correct,
            "images": len(images.tested),
            "runs": [{"wait": wait, "steps": steps, **one} for (wait, steps), one in found.items()],
        },
        claims=_claims(setup, found, keras_correct),
        tables=(_table(found, keras_correct, len(images.tested)), _layers(found)),
        figures=(
            Figure(
                "steps.png", "Accuracy against steps", "Lines rise to that of the Keras network within a few steps.",
                "Each number of steps has thresholds of its own.",
            ),
        ),
    )  # fmt: skip


def _load_images(setup: Setup) -> Images:
    data = load_dataset(str(setup.options["dataset"]), setup.data)
    order = np.random.default_rng(0).permutation(len(data.x_train))
    few = order[: setup.options["calibration"]]
    if setup.options["held_out"]:
        kept = order[-setup.options["held_out"] :]
        return Images(data.x_train[few], data.x_train[kept], data.y_train[kept])
    n = setup.options["images"] or len(data.x_test)
    return Images(data.x_train[few], data.x_test[:n], data.y_test[:n])


def _measure(setup: Setup, context: RunContext, model: keras.Model, images: Images, mode: Spiking) -> dict:
    """Return the classes of the images, and what `verify` finds about layers."""
    name = f"{mode.steps} steps, wait {mode.wait}"

    def measure() -> dict:
        engine = Cpp(precision="float32") if setup.engine in ("response", "cpp") else setup.engine
        with context.progress(f"{name}: calibration", 1) as progress:
            network = to_brian(model, mode, engine=engine, calibrate=images.training, progress=progress.at)
        with context.progress(f"{name}: {len(images.tested)} images", 1) as progress:
            classes = network.predict(images.tested, progress=progress.at)
        layers = network.verify(images.tested[:_SHOWN_LAYERS]).layers
        return {
            "classes": classes.tolist(),
            "layers": {layer: [one.distance.rms, one.spikes] for layer, one in layers.items()},
        }

    return dict(context.cached(name, measure))


def _claims(setup: Setup, found: dict, keras_correct: float) -> tuple[Claim, ...]:
    options = setup.options
    if setup.data != "full" or options["images"] or options["held_out"]:
        return ()
    bars = BARS.get(str(options["dataset"]), {})
    return tuple(
        Claim.at_most(
            f"{steps} steps{', layer after layer' if wait else ''}: points lost", f"our own bar for {PAPER}, 3.5",
            paper=bars[steps], measured=keras_correct - one["correct"],
        )
        for (wait, steps), one in found.items()
        if steps in bars
    )  # fmt: skip


def _table(found: dict, keras_correct: float, images: int) -> Table:
    rows = tuple(
        (
            "after the layer before has ended" if wait else "at once",
            steps,
            one["correct"],
            one["correct"] - keras_correct,
            one["same"],
            float(np.mean([spikes for _, spikes in one["layers"].values()])),
        )
        for (wait, steps), one in found.items()
    )
    caption = f"Keras recognises {keras_correct:.2f} % of these {images} images."
    columns = ("layers spike", "steps", "recognised (%)", "against Keras", "same class (%)", "spikes a neuron")
    return Table("Integrate-and-fire network", columns, rows, caption, 2)


def _layers(found: dict) -> Table:
    names = next(iter(found.values()))["layers"]
    columns = ("layer", *(f"{steps}{', waiting' if wait else ''}" for wait, steps in found))
    rows = tuple((name, *(one["layers"][name][0] for one in found.values())) for name in names)
    return Table("Distance of rates from activations (rms), by steps", columns, rows, decimals=3)


def _draw(context: RunContext, found: dict, keras_correct: float) -> None:
    steps = sorted({steps for _, steps in found})
    waits = sorted({wait for wait, _ in found})
    series = {
        "layers wait for each other" if wait else "all layers at once": np.array(
            [found[wait, n]["correct"] for n in steps]
        )
        for wait in waits
    }
    labels = Labels("Accuracy against steps", "steps", "recognised (%)")
    plot_lines(context.figure("steps"), np.array(steps), series, labels, {"Keras, no spikes": keras_correct})
