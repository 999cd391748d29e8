"""Figure 2 of Gupta and Naveed: windows of STDP, measured and in closed form, and how triplets depend on the rate."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.papers.gupta_naveed import PAPER
from spikenet.papers.gupta_naveed.pairing import analytic_change, simulated_changes
from spikenet.report.figure import Figure
from spikenet.report.style import COLOURS, INK, SOFT, Labels, drawing
from spikenet.report.table import Table
from spikenet.synapses import (
    STDP,
    MultiplicativeSTDP,
    NearestMultiplicativeSTDP,
    NearestSTDP,
    NearestTripletSTDP,
    TripletSTDP,
)

SOURCE = f"{PAPER}, section 3.2 and figure 2"
DATA_SOURCE = "Sjostrom et al. (2001), Neuron 32:1149-1164, as in Pfister and Gerstner (2006), J Neurosci 26:9673-9682"
PAIR_RULES = (STDP, MultiplicativeSTDP, NearestSTDP, NearestMultiplicativeSTDP)
TRIPLET_RULES = (TripletSTDP, NearestTripletSTDP)
LAG = 10e-3  # seconds, of the experiments at several rates
WINDOW_RATE = 20.0  # Hz, of the pairs in the window of the triplet rules, which hardly see a single pair
# Relative change of the weight and its standard error, by lag in ms and rate in Hz. The same numbers are in the
# examples of sPyNNaker and PyNN for the triplet rule, and in vhlab-toolbox-matlab (sjostrom_freq_stdp).
MEASURED: Mapping[int, Mapping[float, tuple[float, float]]] = MappingProxyType(
    {
        10: {0.1: (-0.04, 0.05), 10.0: (0.14, 0.10), 20.0: (0.29, 0.14), 40.0: (0.53, 0.11), 50.0: (0.56, 0.26)},
        -10: {0.1: (-0.29, 0.08), 10.0: (-0.41, 0.11), 20.0: (-0.34, 0.10), 40.0: (0.56, 0.32), 50.0: (0.75, 0.19)},
    }
)


def run(setup: Setup, context: RunContext) -> Outcome:
    """Measure windows by simulation, beside closed forms, and triplets at several rates, beside measured points."""
    span, step, n = (setup.options[name] for name in ("span", "step", "pairs"))
    lags = np.array([lag for lag in range(-span, span + 1, step) if lag]) * 1e-3
    rates = np.array(setup.options["rates"], float)
    windows, curves = {}, {}
    with context.progress("STDP", len(PAIR_RULES) + 2 * len(TRIPLET_RULES)) as progress:
        for model in PAIR_RULES:
            windows[model.name] = window(setup, model, [_pairs(1, 1.0, lag) for lag in lags])
            progress.step()
        for model in TRIPLET_RULES:
            windows[model.name] = window(setup, model, [_pairs(n, WINDOW_RATE, lag) for lag in lags])
            progress.step()
            both = [_pairs(n, rate, lag) for lag in (LAG, -LAG) for rate in rates]
            curves[model.name] = simulated_changes(model, both, 5e-3, setup).reshape(2, -1)
            progress.step()
    _draw(context, lags, windows, (rates, curves))
    return Outcome(
        metrics={"lags": lags, "windows": {k: v[0] for k, v in windows.items()}, "rates": rates, "curves": curves},
        claims=(*_window_claims(windows), *_rate_claims(rates, curves)),
        tables=(_window_table(windows), _rate_table(rates, curves)),
        figures=_figures(n),
    )


def _pairs(n: int, rate: float, lag: float) -> tuple[np.ndarray, np.ndarray]:
    """Return spike times in seconds: n pairs at a rate, whose postsynaptic spike comes ``lag`` later."""
    pre = 0.2 + np.arange(n) / rate
    return pre, pre + lag


def window(setup: Setup, model, pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return changes of the weight by lag, simulated and in closed form: (2, lag)."""
    analytic = [analytic_change(model, *pair) for pair in pairs]
    return np.array([simulated_changes(model, pairs, 1e-3, setup), analytic])


def deviation(window: np.ndarray) -> float:
    """Return the largest distance of a simulated window from its closed form, in per cent of that at each lag."""
    simulated, analytic = window
    return float(np.max(np.abs(simulated - analytic) / np.abs(analytic))) * 100


def _window_claims(windows: Mapping[str, np.ndarray]) -> list[Claim]:
    claims = [
        Claim.at_most(
            f"{name}: largest distance of the window from its closed form, in per cent", SOURCE, paper=1.0,
            measured=deviation(one), reason="at every lag; spikes fall on time steps, and traces decay exactly",
        )
        for name, one in windows.items()
    ]  # fmt: skip
    signs = np.sign(windows["stdp"][0])
    claims.append(
        Claim.near(
            "share of lags at which the change has the sign of the lag", SOURCE, paper=1.0,
            measured=float(np.mean(signs == np.sign(np.linspace(-1, 1, len(signs))))), tolerance=0.0,
            reason="positive if the postsynaptic spike is after the presynaptic one, and vice versa",
        )
    )  # fmt: skip
    return claims


def distances(rates: np.ndarray, curve: np.ndarray) -> dict[str, float]:
    """Return the distance of each measured point from a curve (lag, rate), in standard errors of the point."""
    return {
        f"{lag:+d} ms, {rate:g} Hz": float(abs(change - MEASURED[lag][rate][0]) / MEASURED[lag][rate][1])
        for lag, changes in zip((10, -10), curve, strict=True)
        for rate, change in zip(rates, changes, strict=True)
        if rate in MEASURED[lag]
    }


def _rate_claims(rates: np.ndarray, curves: Mapping[str, np.ndarray]) -> list[Claim]:
    claims = []
    for name, curve in curves.items():
        found = distances(rates, curve)
        if not found:
            continue
        worst = max(found, key=found.get)
        claim = Claim.at_most(
            f"{name}: largest distance from a measured point, in its standard errors", DATA_SOURCE, paper=1.0,
            measured=found[worst], reason="within the published error bars",
        )  # fmt: skip
        inside = sum(one <= 1 for one in found.values())
        claims.append(claim.with_note(f"{inside} of {len(found)} points within their error bars; the worst: {worst}"))
    return claims


def _window_table(windows: Mapping[str, np.ndarray]) -> Table:
    rows = [(name, float(one[0].max()), float(one[0].min()), f"{deviation(one):.1e}") for name, one in windows.items()]
    columns = ("rule", "largest change", "least change", "distance from the closed form (%)")
    return Table("Windows of plasticity", columns, tuple(rows), decimals=4)


def _rate_table(rates: np.ndarray, curves: Mapping[str, np.ndarray]) -> Table:
    rows = []
    for k, lag in enumerate((10, -10)):
        for r, rate in enumerate(rates):
            value, error = MEASURED[lag].get(rate, (None, None))
            measured = None if value is None else f"{value:.2f} ± {error:.2f}"
            rows.append((f"{lag:+d} ms, {rate:g} Hz", *(float(curve[k, r]) for curve in curves.values()), measured))
    return Table("Change of the weight by rate", ("lag and rate", *curves, "measured"), tuple(rows), decimals=2)


def _draw(context: RunContext, lags: np.ndarray, windows: Mapping[str, np.ndarray], at_rates: tuple) -> None:
    for file, models, rows in (("window", PAIR_RULES, 2), ("triplet_window", TRIPLET_RULES, 1)):
        with drawing(context.figure(file), width=9, height=1 + 2.6 * rows) as figure:
            panels = figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False)
            for axes, model in zip(panels.flat, models, strict=True):
                simulated, analytic = windows[model.name]
                for side in (lags < 0, lags > 0):
                    axes.plot(lags[side] * 1e3, analytic[side], color=COLOURS[0], label="closed form")
                axes.plot(lags[::4] * 1e3, simulated[::4], "o", color=COLOURS[1], markersize=3.5, label="simulated")
                axes.axhline(0, color=SOFT, linewidth=0.8)
                axes.axvline(0, color=SOFT, linewidth=0.8)
                Labels(model.name.replace("_", " ")).put_on(axes)
            figure.supxlabel("lag: postsynaptic less presynaptic spike (ms)", fontsize=10)
            figure.supylabel("change of the weight", fontsize=10)
            lines, names = panels[0, 0].get_legend_handles_labels()
            panels[0, 0].legend(lines[1:], names[1:], loc="upper left")
    rates, curves = at_rates
    with drawing(context.figure("rates"), width=9) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, k, lag in zip(panels, (0, 1), (10, -10), strict=True):
            for colour, (name, curve) in zip(COLOURS, curves.items(), strict=False):
                axes.plot(rates, curve[k], "o-", color=colour, markersize=3.5, label=name.replace("_", " "))
            values, errors = np.array(list(MEASURED[lag].values())).T
            axes.errorbar(list(MEASURED[lag]), values, errors, fmt="s", color=INK, mfc="white", capsize=3, lw=1.2)
            axes.grid(axis="y")
            Labels(f"lag {lag:+d} ms", "pairs a second (Hz)", "change of the weight" if k == 0 else "").put_on(axes)
        panels[0].legend(loc="upper left")


def _figures(n: int) -> tuple[Figure, ...]:
    return (
        Figure(
            "window.png",
            "Windows of pair rules",
            "The change of the weight over the lag: positive and decaying for positive lags, negative otherwise.",
            "As figure 2 of the paper: one pair of spikes. The multiplicative rules start at a weight of 0.5.",
        ),
        Figure(
            "triplet_window.png",
            "Windows of triplet rules",
            "The same for triplet rules, where potentiation outweighs depression.",
            f"{n} pairs at {WINDOW_RATE:g} Hz.",
        ),
        Figure(
            "rates.png",
            "Triplet rules by rate, beside measurements in visual cortex",
            "The change of the weight grows with the rate of pairs; with a lag of -10 ms it turns from depression to "
            "potentiation between 20 and 40 Hz, as the measured points do.",
            f"{n} pairs at each rate. Points: {DATA_SOURCE}, with standard errors.",
        ),
    )
