"""Section 4.1 of Gupta and Naveed: a network of spiking neurons learns digits by STDP alone, as Diehl and Cook's."""

import numpy as np

from spikenet.data import load_dataset
from spikenet.errors import InvalidValueError
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.papers.gupta_naveed import PAPER
from spikenet.papers.gupta_naveed.digits.class_readout import N_CLASSES, READOUTS, TRAINED, ClassResponses, read_classes
from spikenet.papers.gupta_naveed.digits.learning import DigitProgram, Showing, Shown, digit_program
from spikenet.papers.gupta_naveed.digits.network import SOURCE, DigitSettings
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import INK, Labels, drawing
from spikenet.report.table import Table, mean_sd

PUBLISHED = {100: 82.9, 400: 87.0, 1600: 91.9, 6400: 95.0}  # per cent, by excitatory neurons
BARS = {100: 85.0, 400: 91.0, 1600: 95.0}  # what we want of the best readout
PLAIN, BEST = "vote of the assigned class", "likeliest class"
NAMES = (*READOUTS, TRAINED)
_HELD_OUT = 10_000  # of the training images, for choices


def check(setup: Setup) -> None:
    """Raise an error for an engine that cannot run the network."""
    if setup.engine == "runtime":
        raise InvalidValueError(
            "the network of diehl-cook runs as a compiled program, and the engine is runtime: give --engine cpp or cuda"
        )


def run(setup: Setup, context: RunContext) -> Outcome:
    """Let a network learn for each seed, assign its neurons to classes, and classify images that it has not seen."""
    results = [_run_seed(setup, context, seed) for seed in setup.seeds]
    _draw(context, results)
    by_seed = ("images", "presentations", "seconds", "curve")
    return Outcome(
        metrics={
            "neurons": setup.options["neurons"],
            "accuracy": {name: [one["accuracy"][name] for one in results] for name in NAMES},
            **{name: [one[name] for one in results] for name in by_seed},
            "ms an image": [1e3 * one["seconds"] / one["presentations"] for one in results],
        },
        claims=_claims(setup, results),
        tables=(_table(setup, results),),
        figures=_figures(setup.options["neurons"]),
        notes=_notes(setup),
    )


def _images(setup: Setup) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return images (image, pixel) with their labels: to learn from, to assign classes by, and to test with."""
    digits = load_dataset("mnist", setup.data)
    order = np.random.default_rng(0).permutation(len(digits.x_train))
    images, labels = digits.x_train[order].reshape(len(order), -1), digits.y_train[order]
    test = digits.x_test.reshape(len(digits.x_test), -1), digits.y_test
    if setup.options["held_out"]:
        kept = min(_HELD_OUT, len(images) // 6)
        test = images[-kept:], labels[-kept:]
        images, labels = images[:-kept], labels[:-kept]
    n, assigned_by = setup.options["images"] or len(images), setup.options["label_images"]
    return {
        "learn": (images[:n], labels[:n]),
        "label": (images[:assigned_by], labels[:assigned_by]),
        "test": test if not setup.options["images"] else (test[0][:n], test[1][:n]),
    }


def _run_seed(setup: Setup, context: RunContext, seed: int) -> dict:
    options, images = setup.options, _images(setup)
    settings = DigitSettings(
        options["neurons"], pixels=images["learn"][0].shape[1], inhibition=options["inhibition"],
        eta_plus=options["eta_plus"],
    )  # fmt: skip
    engine = "cuda" if setup.engine == "cuda" else "cpp"
    with digit_program(settings, options["block"], seed, engine) as program:
        learned = _learn(context, program, images["learn"], options["passes"], seed)
        states = {name: one for name, one in learned["states"].items() if not name.startswith("control.")}
        begin = Shown.nothing(settings.neurons, states)
        counts = {
            part: _read(context, program, begin, images[part][0], f"{part}, seed {seed}", seed)
            for part in ("label", "test")
        }
    responses = ClassResponses.of(counts["label"], images["label"][1])
    labels = images["test"][1]
    classes = read_classes(counts["label"], images["label"][1], counts["test"])
    with context.file(f"learned-seed-{seed}.npz").open("wb") as file:
        np.savez_compressed(file, **{name: np.asarray(one, np.float32) for name, one in states.items()})
    return {
        "accuracy": {name: 100 * float(np.mean(one == labels)) for name, one in classes.items()},
        "images": learned["n"],
        "presentations": learned["presentations"],
        "seconds": learned["seconds"],
        "curve": learned["curve"],
        "weights": learned["states"]["learning.w"].reshape(settings.pixels, settings.neurons),
        "assigned": responses.assigned,
        "confusion": np.histogram2d(labels, classes[BEST], bins=N_CLASSES, range=[[0, N_CLASSES]] * 2)[0],
    }


def _learn(context: RunContext, program: DigitProgram, part: tuple, passes: int, seed: int) -> dict:
    """Show the images to learn from; return the states at the end, and the accuracy over the images."""
    images, labels = part
    total, name = passes * len(images), f"learn, seed {seed}"

    def learn() -> dict:
        with context.progress(name, total) as progress:

            def measure(shown: Shown) -> float:
                accuracy = _running_accuracy(shown, labels)
                progress.at(min(1.0, shown.n / total))
                context.write_log(f"{name}: {shown.n} images, {accuracy:.1f} % of the last ones")
                return accuracy

            begin = Shown.nothing(program.network.settings.neurons)
            checkpoint = context.checkpoints(f"seed {seed}") / "learn.npz"
            how = Showing(True, seed, begin, checkpoint, measure, keep=2 * program.network.block)
            shown = program.show(images, total, how)
        numbers = {"n": shown.n, "presentations": shown.presentations, "seconds": shown.seconds}
        return {**numbers, "curve": [list(one) for one in shown.measured], "states": shown.states}

    return context.cached(name, learn)


def _running_accuracy(shown: Shown, labels: np.ndarray) -> float:
    """Return the accuracy of the last images in per cent, with classes that were assigned by those before them."""
    half = len(shown.images) // 2
    responses = ClassResponses.of(shown.counts[:half], labels[shown.images[:half]])
    return 100 * float(np.mean(responses.likelihood(shown.counts[half:]) == labels[shown.images[half:]]))


def _read(
    context: RunContext, program: DigitProgram, begin: Shown, images: np.ndarray, name: str, seed: int
) -> np.ndarray:
    """Return the spikes that images evoke in a network that does not learn any more, (image, neuron)."""

    def read() -> dict:
        with context.progress(name, len(images)) as progress:

            def measure(shown: Shown) -> float:
                progress.at(min(1.0, shown.n / len(images)))
                return shown.n / len(images)

            checkpoint = context.checkpoints(f"seed {seed}") / f"{name}.npz"
            keep = len(images) + program.network.block  # all of them
            shown = program.show(images, len(images), Showing(False, seed, begin, checkpoint, measure, keep))
        return {"counts": shown.counts[: len(images)]}

    return np.asarray(context.cached(name, read)["counts"])


def _claims(setup: Setup, results: list[dict]) -> tuple[Claim, ...]:
    neurons = setup.options["neurons"]
    if neurons not in PUBLISHED or setup.data != "full" or setup.options["images"] or setup.options["held_out"]:
        return ()
    mean = {name: float(np.mean([one["accuracy"][name] for one in results])) for name in NAMES}
    claims = [
        Claim.at_least(
            f"{neurons} neurons, {PLAIN}: accuracy (%)", SOURCE, paper=PUBLISHED[neurons], measured=mean[PLAIN],
            reason="the paper's own readout",
        )
    ]  # fmt: skip
    if neurons in BARS:
        claims.append(
            Claim.at_least(
                f"{neurons} neurons, {BEST}: accuracy (%)", "our own", paper=BARS[neurons], measured=mean[BEST],
                reason="better than the paper",
            )
        )  # fmt: skip
        claims.append(
            Claim.at_least(
                f"{neurons} neurons, {TRAINED}: accuracy (%)", "our own", paper=BARS[neurons], measured=mean[TRAINED],
                reason="better than the paper, with a readout trained on labels",
            )
        )  # fmt: skip
    return tuple(claims)


def _table(setup: Setup, results: list[dict]) -> Table:
    published = PUBLISHED.get(setup.options["neurons"])
    rows = [
        (name, mean_sd([one["accuracy"][name] for one in results]), published if name == PLAIN else None)
        for name in NAMES
    ]
    return Table(
        f"{setup.options['neurons']} neurons: accuracy in %", ("readout", "spikenet", SOURCE.split(",")[0]), tuple(rows)
    )


def _notes(setup: Setup) -> tuple[str, ...]:
    tested = "training images that were held out" if setup.options["held_out"] else "the test images"
    return (
        f"{PAPER}, section 4.1, cites {SOURCE}. Classes are assigned by {setup.options['label_images']} training "
        f"images, and accuracies are of {tested}. Nothing is learned from labels but which class a neuron responds to, "
        f"and, for {TRAINED}, a linear readout of spike counts.",
        "Learned weights and thresholds are in learned-seed-1.npz, and so on.",
        "Seconds are those of learning, on this machine, beside whatever else ran on it.",
    )


def _figures(neurons: int) -> tuple[Figure, ...]:
    return (
        Figure(
            "fields.png",
            "What the neurons learned",
            f"Weights from the pixels to {neurons} neurons; most of them look like digits.",
            "First seed, sorted by the class to which a neuron responds most.",
        ),
        Figure(
            "curve.png",
            "Accuracy while learning",
            "Accuracy against the number of images rises steeply, then levels off.",
            f"Readout: {BEST}, with classes assigned by the images before.",
        ),
        Figure(
            "confusion.png",
            "Which digits are confused",
            "A matrix of digits against the digits they were taken for.",
            f"First seed; readout: {BEST}.",
        ),
    )


def _draw(context: RunContext, results: list[dict]) -> None:
    first = results[0]
    _draw_fields(context, np.asarray(first["weights"]), np.asarray(first["assigned"]))
    shortest = min(len(one["curve"]) for one in results)
    curves = np.array([one["curve"][:shortest] for one in results], float)
    plot_lines(
        context.figure("curve"), curves[0, :, 0], {"running accuracy": curves[:, :, 1]},
        Labels("Accuracy while learning", "images", "accuracy (%)"),
    )  # fmt: skip
    with drawing(context.figure("confusion"), 5.2, 4.8) as figure:
        axes = figure.subplots()
        shares = first["confusion"] / np.maximum(first["confusion"].sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), share in np.ndenumerate(shares):
            if share >= 0.005:
                colour = "white" if share > 0.5 else INK
                axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=8, color=colour)
        axes.set(xticks=range(N_CLASSES), yticks=range(N_CLASSES))
        Labels("Per cent of each digit", "taken for", "digit").put_on(axes)


def _draw_fields(context: RunContext, weights: np.ndarray, assigned: np.ndarray) -> None:
    """Draw the weights of each neuron as an image, neurons sorted by class."""
    order = np.argsort(assigned, kind="stable")
    columns, side = int(np.ceil(np.sqrt(len(order)))), int(np.sqrt(len(weights)))
    grid = np.zeros((columns * columns, side, side))
    grid[: len(order)] = weights[: side * side, order].T.reshape(-1, side, side)
    picture = grid.reshape(columns, columns, side, side).swapaxes(1, 2).reshape(columns * side, columns * side)
    with drawing(context.figure("fields"), 7.0, 7.0) as figure:
        axes = figure.subplots()
        axes.imshow(picture, cmap="magma", vmin=0, vmax=np.quantile(picture, 0.995), interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.set_title(f"Weights onto {len(order)} neurons, sorted by class")
