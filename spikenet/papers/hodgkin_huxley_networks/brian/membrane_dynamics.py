"""Membranes of conductance networks in Brian2: they settle at the potentials of the Keras layers, and how fast.

Eq. 1 of "Learning difficult perceptual tasks with Hodgkin-Huxley networks" is the fixed point of
C dv/dt = g_rest (e_rest - v) + g_exc (e_exc - v) + g_inh (e_inh - v).
"""

import time
from dataclasses import dataclass

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.classification import predict_outputs
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.hybrid import Transient, to_brian
from spikenet.hybrid.verification import settling_time
from spikenet.neurons import CWA
from spikenet.papers.hodgkin_huxley_networks import PAPER
from spikenet.papers.hodgkin_huxley_networks.brian.reference_network import (
    KerasReference,
    load_reference,
    spiking_engine,
)
from spikenet.papers.hodgkin_huxley_networks.published_accuracies import OWN_BAR
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines, plot_traces
from spikenet.report.style import Labels
from spikenet.report.table import Table

SOURCE = f"this project's bar for {PAPER}, eq. 1"
_UNITS = 4  # shown of each layer


@dataclass(frozen=True, eq=False)
class SettlingCurve:
    """Settling of all layers at once.

    ``times`` (time,) in ms; ``same`` (time,), the share of the images with Keras' class; ``farthest`` (time,), the
    largest distance of a logit; ``settled`` (image,), the time in ms from which the class stays.
    """

    times: np.ndarray
    same: np.ndarray
    farthest: np.ndarray
    settled: np.ndarray


def run(setup: Setup, context: RunContext) -> Outcome:
    """Settle layer by layer on all test images, all layers at once on some, and draw the membranes of one image."""
    reference = load_reference(setup, context)
    network = to_brian(reference.model, engine=spiking_engine(setup))
    with context.progress(f"{len(reference.images)} images, layers settled one by one", 1) as progress:
        started = time.perf_counter()
        verified = network.verify(reference.images, progress=progress.at)
        seconds = time.perf_counter() - started
    context.log(str(verified))
    few = reference.first(int(setup.options["shown"]))
    curve = _settle_together(setup, context, few)
    _draw_membranes(context, setup, few)
    layers = {name: vars(layer.distance) for name, layer in verified.layers.items()}
    metrics = {
        "keras (%)": reference.percent_correct,
        "settled": {
            "images": verified.images, "same class": verified.same_class, "logits": vars(verified.logits),
            "layers": layers, "seconds": seconds,
        },
        "together": {
            "images": len(few.images), "times (ms)": curve.times, "same class": curve.same,
            "farthest logit": curve.farthest, "class stays from (ms)": curve.settled,
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
    return Outcome(
        metrics, claims, (_table(reference, verified, seconds), _time_table(few, curve)), _draw(context, curve)
    )


def _settle_together(setup: Setup, context: RunContext, few: KerasReference) -> SettlingCurve:
    network = to_brian(few.model, Transient(), engine=spiking_engine(setup))
    with context.progress(f"{len(few.images)} images, all layers at once", 1) as progress:
        logits = network.logits_over_time(few.images, progress=progress.at)  # (image, time, class)
    same = logits.argmax(axis=2) == few.classes[:, None]
    wanted = predict_outputs(few.model, few.images)
    times = 1e3 * network.sample_dt * np.arange(1, logits.shape[1] + 1)
    settled = 1e3 * settling_time(same, network.sample_dt)
    return SettlingCurve(times, same.mean(axis=0), np.abs(logits - wanted[:, None]).max(axis=(0, 2)), settled)


def _table(reference: KerasReference, verified, seconds: float) -> Table:
    rows = [(name, f"{one.distance.rms:.1e}", f"{one.distance.largest:.1e}") for name, one in verified.layers.items()]
    rows.append(("logits", f"{verified.logits.rms:.1e}", f"{verified.logits.largest:.1e}"))
    caption = (
        f"{verified.images} test images, of which Keras recognises {reference.percent_correct:.2f} %; same class for "
        f"{100 * verified.same_class:.2f} %; {seconds:.0f} s with the Keras network's own."
    )
    return Table("Distance of resting membranes from the Keras layers", ("of", "rms", "largest"), tuple(rows), caption)


def _time_table(few: KerasReference, curve: SettlingCurve) -> Table:
    tau = CWA.parameters["capacitance"].value / CWA.parameters["g_rest"].value * 1e3
    chosen = sorted({np.searchsorted(curve.times, t - 1e-9) for t in np.array([0.05, 0.1, 0.2, 0.5, 1.0]) * tau})
    rows = [
        (f"{curve.times[k]:g}", 100 * float(curve.same[k]), f"{curve.farthest[k]:.2g}")
        for k in chosen
        if k < len(curve.times)
    ]
    caption = (
        f"{len(few.images)} images; the resting time constant is {tau:g} ms. The class stays from "
        f"{np.median(curve.settled):.3g} ms on (median), {curve.settled.max():.3g} ms for the last image."
    )
    return Table("All layers at once", ("ms", "same class (%)", "farthest logit"), tuple(rows), caption, 2)


def _draw(context: RunContext, curve: SettlingCurve) -> tuple[Figure, ...]:
    labels = Labels("All layers start at rest, at once", "time (ms)", "same class as Keras (%)")
    plot_lines(context.figure("class"), curve.times, {"images": 100 * curve.same}, labels)
    farthest = np.log10(np.maximum(curve.farthest, 1e-12))
    labels = Labels("Farthest logit", "time (ms)", "log10 of the distance")
    plot_lines(context.figure("logits"), curve.times, {"farthest of all images": farthest}, labels)
    return (
        Figure("class.png", "Settling of the class", "A line rises to 100 %.", "Share of the images."),
        Figure("logits.png", "Settling of the logits", "A line falls.", "Exponential Euler, 20 steps."),
        Figure("membranes.png", "Membranes of one image", "Traces settle.", "z of the most active units by layer."),
    )  # fmt: skip


def _draw_membranes(context: RunContext, setup: Setup, few: KerasReference) -> None:
    """Draw the most active units of each layer during the first image."""
    network = to_brian(few.model, Transient(), engine=spiking_engine(setup))
    traces = {}
    for name, recording in network.record(few.images[:1], record="trace").items():
        trace = recording.trace[0]  # (time, unit)
        for unit in np.argsort(trace[-1])[::-1][:_UNITS]:
            traces[f"{name} {unit}"] = trace[:, unit]
    times = 1e3 * network.sample_dt * np.arange(len(next(iter(traces.values()))))
    plot_traces(context.figure("membranes"), times, traces, Labels("Membranes of one image", "time (ms)", "z"))
