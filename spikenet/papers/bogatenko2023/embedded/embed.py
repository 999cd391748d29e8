"""FHN neurons in the place of a trained hidden layer. Bogatenko et al. (2023), table 1 and figure 3."""

import time

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.hybrid import Hybrid
from spikenet.papers.bogatenko2023.ann import classify, keep_ann
from spikenet.papers.bogatenko2023.embedded.embed_report import Sweep, claims, draw_digits, notes, tables
from spikenet.papers.bogatenko2023.paper import (
    GAMMAS,
    NEURON_OPTIONS,
    TRAINING_OPTIONS,
    check_neurons,
    embed_fhn,
    images_of,
    is_complete,
    show_widest,
    training_of,
)
from spikenet.papers.bogatenko2023.recognised import right_of, score
from spikenet.progress import Progress, silent
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_class_over_time
from spikenet.report.style import Labels

SHOWN_DIGITS = (0, 3, 5)  # figure 3
SHOWN_GAMMA = -0.5


def run(setup: Setup, desk: Desk) -> Outcome:
    """Train and embed for each seed; what takes long is looked at more closely with the first one's network."""
    data, training = images_of(setup), training_of(setup)
    sweep = Sweep({"train": data.y_train, "test": data.y_test}, complete=is_complete(setup))
    first = keep_ann(desk, data, training, setup.seeds[0])
    with desk.progress("responses of FHN neurons", 1) as progress:
        show_widest(embed_fhn(setup, first, GAMMAS[0]), GAMMAS[0], progress.at)
    for seed in setup.seeds:
        model = keep_ann(desk, data, training, seed)
        sweep.ann.append(desk.keep(f"seed {seed}, ANN", lambda model=model: _ann_score(model, data)))
        _embed_all(setup, desk, model, data, seed, sweep)
    sweep.direct.update(_simulated_directly(setup, desk, first, data))
    figures = (*draw_digits(desk, sweep), _draw_output(setup, desk, first, data))
    return Outcome(sweep.metrics(), claims(sweep), tables(sweep), figures, notes(sweep))


def _ann_score(model: keras.Model, data: Dataset) -> dict[str, np.ndarray]:
    return {
        "train": right_of(classify(model, data.x_train), data.y_train),
        "test": right_of(classify(model, data.x_test), data.y_test),
    }


def _embed_all(setup: Setup, desk: Desk, model: keras.Model, data: Dataset, seed: int, sweep: Sweep) -> None:
    """Plain on all images, calibrated on the test images, for every gamma."""
    per_gamma = sum(_sizes(data))
    total = len(GAMMAS) * per_gamma
    with desk.progress(f"seed {seed}: {len(GAMMAS)} x {per_gamma} images shown to FHN neurons", total) as progress:
        for gamma, part in progress.over(GAMMAS):
            for kind, embedded in (("plain", _plain), ("calibrated", _calibrated)):
                piece = desk.keep(
                    f"seed {seed}, gamma {gamma}, {kind}",
                    lambda embedded=embedded, gamma=gamma, part=part: embedded(setup, model, gamma, data, part),
                )
                sweep.add(kind, gamma, piece)


def _sizes(data: Dataset) -> tuple[int, ...]:
    """Images of a plain network, training and test, and of a calibrated one."""
    return len(data.x_train), len(data.x_test), len(data.x_test)


def _plain(setup: Setup, model: keras.Model, gamma: float, data: Dataset, progress: Progress) -> dict:
    hybrid, smooth = embed_fhn(setup, model, gamma), setup.options["smooth"]
    shares = progress.parts(_sizes(data))
    # By dwell time alone: filtering takes a quarter of the time.
    trained = hybrid.predict(data.x_train, progress=shares[0].at)
    return {
        "train": {"dwell": right_of(trained, data.y_train)},
        "test": score(hybrid, data.x_test, data.y_test, smooth, shares[1].at),
    }


def _calibrated(setup: Setup, model: keras.Model, gamma: float, data: Dataset, progress: Progress) -> dict:
    share = progress.parts(_sizes(data))[-1]
    hybrid = embed_fhn(setup, model, gamma, calibrate=data.x_train, progress=silent)
    return {
        "test": score(hybrid, data.x_test, data.y_test, setup.options["smooth"], share.at),
        "gain": hybrid.calibration.gain,
        "error": hybrid.calibration.error,
    }


def _simulated_directly(setup: Setup, desk: Desk, model: keras.Model, data: Dataset) -> dict:
    """Test images whose every neuron is simulated by C++: how many get the class that the engine of the run gives."""
    images = data.x_test[: int(setup.options["direct"])]
    if not len(images):
        return {}

    def compare(gamma: float, progress: Progress) -> dict:
        hybrid = embed_fhn(setup, model, gamma)
        looked_up = hybrid.predict(images, progress=silent)
        started = time.perf_counter()
        directly = hybrid.with_engine("cpp").predict(images, progress=progress.at)
        same = int(np.sum(looked_up == directly))
        return {"images": len(images), "same": same, "seconds": time.perf_counter() - started}

    found = {}
    with desk.progress(f"{len(images)} images simulated directly", len(GAMMAS)) as progress:
        for gamma, part in progress.over(GAMMAS):
            found[gamma] = desk.keep(f"direct, gamma {gamma}", lambda gamma=gamma, part=part: compare(gamma, part))
    return found


def _draw_output(setup: Setup, desk: Desk, model: keras.Model, data: Dataset) -> Figure:
    """Figure 3: the class that the network shows over time, for three test images that it recognises."""
    hybrid = embed_fhn(setup, model, SHOWN_GAMMA)
    panels, pictures = {}, {}
    for digit in SHOWN_DIGITS:
        image, logits = _shown(hybrid, data.x_test[data.y_test == digit][:50], digit)
        panels[f"an image of {digit}"], pictures[f"an image of {digit}"] = logits, image
    times = 1e3 * hybrid.sample_dt * np.arange(len(logits))
    labels = Labels("Output of the network over time", "time after settling (tau)", "class")
    plot_class_over_time(desk.figure("output"), times, panels, pictures, labels)
    return Figure(
        "output.png",
        f"Network output over time, gamma {SHOWN_GAMMA}",
        "Three panels, an image of 0, 3 and 5 each: which of the ten classes has the largest output at each instant.",
        f"As figure 3 of the paper: plain embedding, gamma {SHOWN_GAMMA}, the first test image of each of these digits "
        "that is recognised. The class that wins for the longest time is the answer.",
    )


def _shown(hybrid: Hybrid, images: np.ndarray, digit: int) -> tuple[np.ndarray, np.ndarray]:
    """The first of these images that is recognised, or the first; and its logits (time, class)."""
    found = hybrid.predict(images, progress=silent)
    which = int(np.argmax(found == digit))
    ((_, logits),) = hybrid.logits(images[which : which + 1], progress=silent)
    return images[which], logits[0]


OPTIONS = {**NEURON_OPTIONS, **TRAINING_OPTIONS, "smooth": "5 ms", "direct": 100}
check = check_neurons
