"""Recurrent spiking neurons that read images row by row or column by column, beside the GRU and LSTM of section 2.2."""

import json
from collections.abc import Mapping
from types import MappingProxyType

import keras
import numpy as np

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.experiments.claim import Claim
from spikenet.experiments.classification import predict_outputs
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.experiments.image_splits import DataSplits, load_splits
from spikenet.layers.jitter import Jitter
from spikenet.papers.gupta_naveed import PAPER
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd
from spikenet.train import Trainer

AXES: Mapping[int, str] = MappingProxyType({1: "rows", 2: "columns"})
AVERAGE = "average"
PUBLISHED: Mapping[str, tuple[float, float]] = MappingProxyType({"columns": (98.88, 98.77), "rows": (98.99, 98.97)})
BAR = 98.5  # per cent, what we want of the rows
TAU = 5.0  # ms
LIF = sn.LIF(tau_mem=f"{TAU} ms", tau_ref="0 ms", v_rest="-70 mV", v_reset="-70 mV", v_threshold="-50 mV")
# A pre-activation of 1 for one step of 1 ms takes a neuron from rest to its threshold.
DRIVE = sn.linear_drive(f"{0.2 / (1 - np.exp(-1 / TAU))} nA")


def build(axis: str, options: Mapping[str, object], seed: int, engine: str = "cpp") -> keras.Model:
    """Return an untrained network from raw images (image, 28, 28) uint8 to logits.

    Each row or column is one step of 1 ms. Spikes of all steps are read out.
    """
    seeds = iter(np.random.SeedSequence([seed, len(axis)]).generate_state(8).tolist())
    seeds = (int(one % 2**31) for one in seeds)
    shown = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(shown)
    if options["jitter"]:
        x = Jitter(shift=1.5, turn=0.1, stretch=0.08, shear=0.08, seed=next(seeds))(x)
    if axis == "columns":
        x = keras.layers.Permute((2, 1))(x)
    start = keras.initializers.RandomUniform(-0.6, 0.6, seed=next(seeds))
    x = keras.layers.Dense(options["units"], kernel_initializer=start)(x)
    x = sn.Population(
        LIF, drive=DRIVE, duration="28 ms", dt="1 ms", output="count", surrogate="step", engine=engine,
        return_sequences=True, recurrent=True,
        recurrent_initializer=keras.initializers.Orthogonal(gain=0.5, seed=next(seeds)),
    )(x)  # fmt: skip
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dropout(options["dropout"], seed=next(seeds))(x)
    start = keras.initializers.GlorotUniform(seed=next(seeds))
    return keras.Model(shown, keras.layers.Dense(10, kernel_initializer=start)(x), name=f"spiking_{axis}")


def check(setup: Setup) -> None:
    """Raise an error for networks that are not in the table, and for an engine that cannot simulate them."""
    numbers = setup.options["networks"]
    if len(set(numbers)) < len(numbers) or not set(numbers) <= set(AXES):
        raise InvalidValueError(f"networks are {numbers}; give some of {', '.join(map(str, AXES))}, each once")
    if setup.engine == "cuda":
        raise InvalidValueError("engine cuda cannot simulate units that drive each other; take cpp or runtime")


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train the networks for each seed; those of the first seed stay in the run folder."""
    splits = load_splits("mnist", setup)
    found = {
        AXES[number]: [_trained(AXES[number], setup, splits, context, seed) for seed in setup.seeds]
        for number in sorted(setup.options["networks"])
    }
    correct = {part: _correct(found, part, labels) for part, (_, labels) in splits.judged.items()}
    curves = {axis: np.array([one["curve"] for one in networks]) for axis, networks in found.items()}
    labels = Labels("Recurrent spiking neurons", "epoch", "recognised (%)")
    plot_lines(context.figure("epochs"), np.arange(1, setup.options["epochs"] + 1), curves, labels)
    whole = setup.data == "full" and not setup.options["images"]
    return Outcome(
        metrics={
            "recognised": correct,
            "by epoch": curves,
            "spikes an image": {axis: [one["spikes"] for one in networks] for axis, networks in found.items()},
            "seconds an epoch": {axis: [one["seconds"] for one in networks] for axis, networks in found.items()},
        },
        claims=_claims(correct["test"]) if whole and "test" in correct else (),
        tables=(_table(correct, found, setup, splits),),
        figures=(
            Figure("epochs.png", "Accuracy by epoch", "Lines rise and level off.", "Held-out images, else training."),
        ),
    )


def _trained(axis: str, setup: Setup, splits: DataSplits, context: RunContext, seed: int) -> dict:
    """Train a network, or load it; return its outputs for each part, and how it went."""
    options, train = setup.options, splits.train
    engine = "cpp" if setup.engine == "response" else setup.engine
    key = f"{axis}, seed {seed}"

    def compute() -> dict:
        model = build(axis, options, seed, engine)
        steps = options["epochs"] * -(-len(train.x_train) // options["batch"])
        rate = keras.optimizers.schedules.CosineDecay(options["rate"], steps, 0.01)
        folder = context.checkpoints(key)
        trainer = Trainer(
            model, keras.optimizers.Adam(rate, clipnorm=1.0), keras.losses.CategoricalCrossentropy(from_logits=True),
            options["batch"], seed, splits.validation, checkpoints=folder,
        )  # fmt: skip
        resume = any(folder.glob("epoch-*.npz"))
        with context.progress(key, options["epochs"]) as progress:
            history = trainer.fit(train.x_train, train.y_train, options["epochs"], resume=resume, progress=progress.at)
        epochs = json.loads(history.to_json())["epochs"]
        measure = "validation_accuracy" if splits.validation else "accuracy"
        neurons = next(one for one in model.layers if isinstance(one, sn.Population))
        counts = predict_outputs(keras.Model(model.input, neurons.output), train.x_train[:1000])
        return {
            "weights": model.get_weights(),
            "outputs": {part: predict_outputs(model, images) for part, (images, _) in splits.judged.items()},
            "curve": [100 * epoch[measure] for epoch in epochs],
            "seconds": float(np.mean([epoch["seconds"] for epoch in epochs])),
            "spikes": float(counts.sum() / len(counts)),
        }

    found = context.cached(key, compute)
    if seed == setup.seeds[0]:
        model = build(axis, options, seed, engine)
        model.set_weights(found["weights"])
        model.save(context.file(f"{axis}.keras"))
    for part, (_, labels) in splits.judged.items():
        context.log(f"{key}: {_percent(found['outputs'][part], labels):.2f} % of {part} images")
    return found


def _percent(outputs: np.ndarray, labels: np.ndarray) -> float:
    return 100 * float(np.mean(np.argmax(outputs, axis=1) == labels))


def _correct(found: Mapping[str, list[dict]], part: str, labels: np.ndarray) -> dict[str, list[float]]:
    """Return the per cent recognised by each network, and by the average of both, for each seed."""
    correct = {axis: [_percent(one["outputs"][part], labels) for one in networks] for axis, networks in found.items()}
    if len(found) > 1:
        pairs = zip(*found.values(), strict=True)
        correct[AVERAGE] = [
            _percent(sum(np.asarray(keras.ops.softmax(one["outputs"][part])) for one in pair), labels) for pair in pairs
        ]
    return correct


def _claims(correct: Mapping[str, list[float]]) -> tuple[Claim, ...]:
    source = f"{PAPER}, section 2.2"
    found = []
    for axis in (axis for axis in correct if axis in PUBLISHED):
        gru, lstm = PUBLISHED[axis]
        id, measured = f"spiking {axis}: test accuracy (%)", float(np.mean(correct[axis]))
        claim = Claim.at_least(id, source, paper=BAR, measured=measured)
        found.append(claim.with_note(f"this project's bar; the paper's GRU has {gru:g}, its LSTM {lstm:g}"))
    return tuple(found)


def _table(correct: Mapping, found: Mapping, setup: Setup, splits: DataSplits) -> Table:
    parts, options = [part for part in ("held out", "test") if part in correct], setup.options
    rows = []
    for axis in correct[parts[0]] if parts else ():
        published = PUBLISHED.get(axis, (None, None))
        spikes = mean_sd([one["spikes"] for one in found[axis]], 0) if axis in found else None
        rows.append((axis, *(mean_sd(correct[part][axis], 2) for part in parts), spikes, *published))
    caption = (
        f"{options['units']} leaky neurons, a row or column every 1 ms, trained on {len(splits.train.x_train)} images: "
        f"Adam {options['rate']:g} falling, {options['epochs']} epochs of {options['batch']}; seeds "
        f"{', '.join(map(str, setup.seeds))}."
    )
    columns = ("steps", *parts, "spikes an image", "GRU, paper", "LSTM, paper")
    return Table("Recognised (%) by recurrent spiking neurons", columns, tuple(rows), caption, 2)
