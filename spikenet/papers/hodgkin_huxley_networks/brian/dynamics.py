"""The membranes behind conductance networks: Brian2 neurons come to rest where the Keras layers say, and how fast.

Eq. 1 of "Learning difficult perceptual tasks with Hodgkin-Huxley networks" is the fixed point of
C dv/dt = g_rest (e_rest - v) + g_exc (e_exc - v) + g_inh (e_inh - v).
"""

import time
from dataclasses import dataclass

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.hybrid import Transient, to_brian
from spikenet.hybrid.conductance.verification import settling_time
from spikenet.neurons import CWA
from spikenet.papers.hodgkin_huxley_networks import PAPER
from spikenet.papers.hodgkin_huxley_networks.brian.trained_network import (
    BRIAN_OPTIONS,
    Subject,
    logits_of,
    simulator,
    subject_of,
)
from spikenet.papers.hodgkin_huxley_networks.published import OWN_BAR
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines, plot_traces
from spikenet.report.style import Labels
from spikenet.report.table import Table

SOURCE = f"this project's bar for {PAPER}, eq. 1"
_UNITS = 4  # shown of each layer


@dataclass(frozen=True, eq=False)
class Course:
    """All layers at once: ``times`` (time,) in ms, share of the images with the Keras network's class and largest
    distance of a logit, (time,) each, and the time in ms from which each image's class stays, (image,)."""

    times: np.ndarray
    same: np.ndarray
    farthest: np.ndarray
    settled: np.ndarray


def run(setup: Setup, desk: Desk) -> Outcome:
    """Settled layers on all test images; all layers at once on some; membranes of one image."""
    subject = subject_of(setup, desk)
    network = to_brian(subject.model, engine=simulator(setup))
    with desk.progress(f"{len(subject.images)} images, layers settled one by one", 1) as progress:
        started = time.perf_counter()
        verified = network.verify(subject.images, progress=progress.at)
        seconds = time.perf_counter() - started
    desk.log(str(verified))
    few = subject.first(int(setup.options["shown"]))
    course = _course(setup, desk, few)
    _draw_membranes(desk, setup, few)
    layers = {name: vars(layer.distance) for name, layer in verified.layers.items()}
    metrics = {
        "keras (%)": subject.right,
        "settled": {
            "images": verified.images, "same class": verified.same_class, "logits": vars(verified.logits),
            "layers": layers, "seconds": seconds,
        },
        "together": {
            "images": len(few.images), "times (ms)": course.times, "same class": course.same,
            "farthest logit": course.farthest, "class stays from (ms)": course.settled,
        },
    }  # fmt: skip
    claims = (
        Claim.at_least(
            "images with the same class, settled (%)", SOURCE, paper=99.99, measured=100 * verified.same_class
        ).with_note(OWN_BAR),
        Claim.at_most(
            "largest distance of a logit, settled", SOURCE, paper=1e-3, measured=verified.logits.largest
        ).with_note(OWN_BAR),
    )
    return Outcome(metrics, claims, (_table(subject, verified, seconds), _times(few, course)), _draw(desk, course))


def _course(setup: Setup, desk: Desk, few: Subject) -> Course:
    network = to_brian(few.model, Transient(), engine=simulator(setup))
    with desk.progress(f"{len(few.images)} images, all layers at once", 1) as progress:
        logits = network.logits_over_time(few.images, progress=progress.at)  # (image, time, class)
    same = logits.argmax(axis=2) == few.classes[:, None]
    wanted = logits_of(few.model, few.images)
    times = 1e3 * network.sample_dt * np.arange(1, logits.shape[1] + 1)
    settled = 1e3 * settling_time(same, network.sample_dt)
    return Course(times, same.mean(axis=0), np.abs(logits - wanted[:, None]).max(axis=(0, 2)), settled)


def _table(subject: Subject, verified, seconds: float) -> Table:
    rows = [(name, f"{one.distance.rms:.1e}", f"{one.distance.largest:.1e}") for name, one in verified.layers.items()]
    rows.append(("logits", f"{verified.logits.rms:.1e}", f"{verified.logits.largest:.1e}"))
    caption = (
        f"{verified.images} test images, of which Keras recognises {subject.right:.2f} %; same class for "
        f"{100 * verified.same_class:.2f} %; {seconds:.0f} s with the Keras network's own."
    )
    return Table("Distance of resting membranes from the Keras layers", ("of", "rms", "largest"), tuple(rows), caption)


def _times(few: Subject, course: Course) -> Table:
    tau = CWA.parameters["capacitance"].value / CWA.parameters["g_rest"].value * 1e3
    chosen = sorted({np.searchsorted(course.times, t - 1e-9) for t in np.array([0.05, 0.1, 0.2, 0.5, 1.0]) * tau})
    rows = [
        (f"{course.times[k]:g}", 100 * float(course.same[k]), f"{course.farthest[k]:.2g}")
        for k in chosen
        if k < len(course.times)
    ]
    caption = (
        f"{len(few.images)} images; the resting time constant is {tau:g} ms. The class stays from "
        f"{np.median(course.settled):.3g} ms on (median), {course.settled.max():.3g} ms for the last image."
    )
    return Table("All layers at once", ("ms", "same class (%)", "farthest logit"), tuple(rows), caption, 2)


def _draw(desk: Desk, course: Course) -> tuple[Figure, ...]:
    labels = Labels("All layers start at rest, at once", "time (ms)", "same class as Keras (%)")
    plot_lines(desk.figure("class"), course.times, {"images": 100 * course.same}, labels)
    farthest = np.log10(np.maximum(course.farthest, 1e-12))
    labels = Labels("Farthest logit", "time (ms)", "log10 of the distance")
    plot_lines(desk.figure("logits"), course.times, {"farthest of all images": farthest}, labels)
    return (
        Figure("class.png", "Settling of the class", "A line rises to 100 %.", "Share of the images."),
        Figure("logits.png", "Settling of the logits", "A line falls.", "Exponential Euler, 20 steps."),
        Figure("membranes.png", "Membranes of one image", "Traces settle.", "z of the most active units by layer."),
    )  # fmt: skip


def _draw_membranes(desk: Desk, setup: Setup, few: Subject) -> None:
    """The most active units of each layer while the first image is shown."""
    network = to_brian(few.model, Transient(), engine=simulator(setup))
    traces = {}
    for name, recording in network.record(few.images[:1]).items():
        trace = recording.trace[0]  # (time, unit)
        for unit in np.argsort(trace[-1])[::-1][:_UNITS]:
            traces[f"{name} {unit}"] = trace[:, unit]
    times = 1e3 * network.sample_dt * np.arange(len(next(iter(traces.values()))))
    plot_traces(desk.figure("membranes"), times, traces, Labels("Membranes of one image", "time (ms)", "z"))


OPTIONS = {**BRIAN_OPTIONS, "shown": 1000}
