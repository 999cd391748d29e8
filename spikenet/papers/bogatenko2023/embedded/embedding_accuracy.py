"""Table 1 and figure 3 of Bogatenko et al. (2023): neurons in the place of a trained hidden layer.

The neurons are FitzHugh-Nagumo (FHN) ones. A plain network keeps its weights; a calibrated one has its gain and
read-out fitted on training images.
"""

import time

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.experiments.classification import classify, count_correct
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.ann import train_or_load_ann
from spikenet.papers.bogatenko2023.decoder_comparison import count_correct_by_decoder
from spikenet.papers.bogatenko2023.embedded.embedding_accuracy_report import (
    EmbeddingResults,
    claims,
    draw_digits,
    notes,
    tables,
)
from spikenet.papers.bogatenko2023.options import (
    ann_training,
    check_neurons,
    embed_fhn,
    load_images,
    prepare_responses,
    uses_all_data,
)
from spikenet.papers.bogatenko2023.published_tables import GAMMAS
from spikenet.progress import Progress, silent
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_class_over_time
from spikenet.report.style import Labels

SHOWN_DIGITS = (0, 3, 5)  # figure 3
SHOWN_GAMMA = -0.5
check = check_neurons


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train and embed for each seed; the first network is also simulated directly and drawn."""
    data, training = load_images(setup), ann_training(setup)
    results = EmbeddingResults({"train": data.y_train, "test": data.y_test}, complete=uses_all_data(setup))
    first = train_or_load_ann(context, data, training, setup.seeds[0])
    with context.progress("responses of FHN neurons", 1) as progress:
        prepare_responses(embed_fhn(setup, first, GAMMAS[0]), GAMMAS[0], progress.at)
    for seed in setup.seeds:
        model = train_or_load_ann(context, data, training, seed)
        results.ann.append(context.cached(f"seed {seed}, ANN", lambda model=model: _count_ann(model, data)))
        _embed_all(setup, context, model, data, seed, results)
    results.direct.update(_simulated_directly(setup, context, first, data))
    figures = (*draw_digits(context, results), _draw_output(setup, context, first, data))
    return Outcome(results.metrics(), claims(results), tables(results), figures, notes(results))


def _count_ann(model: keras.Model, data: Dataset) -> dict[str, np.ndarray]:
    return {
        "train": count_correct(classify(model, data.x_train), data.y_train),
        "test": count_correct(classify(model, data.x_test), data.y_test),
    }


def _embed_all(
    setup: Setup, context: RunContext, model: keras.Model, data: Dataset, seed: int, results: EmbeddingResults
) -> None:
    """Count correct images for every gamma: of the plain network on all, of the calibrated one on the test images."""
    per_gamma = sum(_image_counts(data))
    total = len(GAMMAS) * per_gamma
    with context.progress(f"seed {seed}: {len(GAMMAS)} x {per_gamma} images shown to FHN neurons", total) as progress:
        for gamma, part in progress.over(GAMMAS):
            for kind, embedded in (("plain", _plain), ("calibrated", _calibrated)):
                piece = context.cached(
                    f"seed {seed}, gamma {gamma}, {kind}",
                    lambda embedded=embedded, gamma=gamma, part=part: embedded(setup, model, gamma, data, part),
                )
                results.add(kind, gamma, piece)


def _image_counts(data: Dataset) -> tuple[int, ...]:
    """Return the images that a plain network gets, training and test, and those of a calibrated one."""
    return len(data.x_train), len(data.x_test), len(data.x_test)


def _plain(setup: Setup, model: keras.Model, gamma: float, data: Dataset, progress: Progress) -> dict:
    hybrid, smooth = embed_fhn(setup, model, gamma), setup.options["smooth"]
    shares = progress.parts(_image_counts(data))
    # By dwell time alone: filtering takes a quarter of the time.
    trained = hybrid.predict(data.x_train, progress=shares[0].at)
    return {
        "train": {"dwell": count_correct(trained, data.y_train)},
        "test": count_correct_by_decoder(hybrid, data.x_test, data.y_test, smooth, shares[1].at),
    }


def _calibrated(setup: Setup, model: keras.Model, gamma: float, data: Dataset, progress: Progress) -> dict:
    share = progress.parts(_image_counts(data))[-1]
    hybrid = embed_fhn(setup, model, gamma, calibrate=data.x_train, progress=silent)
    return {
        "test": count_correct_by_decoder(hybrid, data.x_test, data.y_test, setup.options["smooth"], share.at),
        "gain": hybrid.calibration.gain,
        "error": hybrid.calibration.error,
    }


def _simulated_directly(setup: Setup, context: RunContext, model: keras.Model, data: Dataset) -> dict:
    """Count test images that get the same class from a direct simulation in C++ as from the engine of the run."""
    images = data.x_test[: int(setup.options["direct"])]
    if not len(images):
        return {}

    def count_same(gamma: float, progress: Progress) -> dict:
        hybrid = embed_fhn(setup, model, gamma)
        looked_up = hybrid.predict(images, progress=silent)
        started = time.perf_counter()
        directly = hybrid.with_engine("cpp").predict(images, progress=progress.at)
        same = int(np.sum(looked_up == directly))
        return {"images": len(images), "same": same, "seconds": time.perf_counter() - started}

    found = {}
    with context.progress(f"{len(images)} images simulated directly", len(GAMMAS)) as progress:
        for gamma, part in progress.over(GAMMAS):
            found[gamma] = context.cached(
                f"direct, gamma {gamma}", lambda gamma=gamma, part=part: count_same(gamma, part)
            )
    return found


def _draw_output(setup: Setup, context: RunContext, model: keras.Model, data: Dataset) -> Figure:
    """Draw figure 3: the winning class over time, for three test images that are classified correctly."""
    hybrid = embed_fhn(setup, model, SHOWN_GAMMA)
    panels, pictures = {}, {}
    for digit in SHOWN_DIGITS:
        image, logits = _shown(hybrid, data.x_test[data.y_test == digit][:50], digit)
        panels[f"an image of {digit}"], pictures[f"an image of {digit}"] = logits, image
    times = 1e3 * hybrid.sample_dt * np.arange(len(logits))
    labels = Labels("Output of the network over time", "time after settling (tau)", "class")
    plot_class_over_time(context.figure("output"), times, panels, pictures, labels)
    return Figure(
        "output.png",
        f"Network output over time, gamma {SHOWN_GAMMA}",
        "Three panels, an image of 0, 3 and 5 each: which of the ten classes has the largest output at each instant.",
        f"As figure 3 of the paper: plain embedding, gamma {SHOWN_GAMMA}, the first test image of each of these digits "
        "that is recognised. The class that wins for the longest time is the answer.",
    )


def _shown(hybrid: Hybrid, images: np.ndarray, digit: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first of these images that is classified correctly, or the first, and its logits (time, class)."""
    found = hybrid.predict(images, progress=silent)
    which = int(np.argmax(found == digit))
    logits = hybrid.logits_over_time(images[which : which + 1], progress=silent)
    return images[which], logits[0]
