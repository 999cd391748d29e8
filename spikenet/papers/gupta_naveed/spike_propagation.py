"""Figure 1 of Gupta and Naveed: a neuron under current, whose spikes lift the next one's voltage by the weight."""

from dataclasses import dataclass

import numpy as np
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, second, volt

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.neurons import NeuronModel
from spikenet.papers.gupta_naveed import PAPER
from spikenet.papers.gupta_naveed.brian2_run import simulator
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import COLOURS, SOFT, Labels, drawing
from spikenet.report.table import Table
from spikenet.synapses import VoltageJump
from spikenet.units import to_seconds

SOURCE = f"{PAPER}, section 3.1 and figure 1"
THRESHOLD, TAU, DT = 1.0, 20e-3, 1e-4  # volt, as in figure 1; seconds
NEURON = NeuronModel(
    name="leaky_at_one_volt",
    equations="""
        dv/dt = (i_in - v)/tau_mem : volt
        i_in : volt
    """,
    outputs=("v",),
    threshold="v > v_threshold",
    reset="v = 0*volt",
    parameters={"tau_mem": f"{TAU} s", "v_threshold": f"{THRESHOLD} V"},
    method="exact",
    dt=DT,
    reference=SOURCE,
)


@dataclass(frozen=True)
class Chain:
    """Voltages in volt (neuron, time), times and spikes of each neuron in ms, and the first one's voltage at spikes."""

    times: np.ndarray
    voltages: np.ndarray
    spikes: tuple[np.ndarray, ...]
    at_spikes: np.ndarray


def run(setup: Setup, context: RunContext) -> Outcome:
    """Simulate one chain, and pairs of neurons with many weights."""
    options = setup.options
    weight, drive, seconds = options["weight"], options["drive"], to_seconds(options["duration"], "duration")
    with context.progress("spike propagation", 2) as progress:
        chain = simulate_chain(setup, options["neurons"], weight, drive, seconds)
        progress.step()
        weights = np.linspace(0.1, 1.2, options["weights"])
        rates = simulate_rates(setup, weights, drive, seconds)
    period = first_period(drive)
    wanted = expected_periods(options["neurons"], weight, period)
    expected = np.array([1 / expected_periods(2, one, period)[1] for one in weights])
    _draw(context, chain)
    plot_lines(
        context.figure("rates"),
        weights,
        {"simulated": rates, "paper's rule in closed form": expected},
        Labels("How often the second neuron spikes", "weight (V)", "spikes a second"),
        {"the first neuron": 1 / period},
    )
    return Outcome(
        metrics={"spikes": [len(one) for one in chain.spikes], "weights": weights, "rates": rates},
        claims=_claims(chain, (weight, drive), (rates, expected, seconds)),
        tables=(_table(chain, wanted),),
        figures=_figures(),
    )


def simulate_chain(setup: Setup, n: int, lift: float, drive: float, seconds: float) -> Chain:
    """Simulate neurons of which each but the first is lifted by the spikes of the one before."""
    with simulator(setup):
        cells = _driven(NEURON.neuron_group(n, name="chain"), drive)
        links = VoltageJump(weight=f"{lift} V").connect(cells, cells, (np.arange(n - 1), np.arange(1, n)))
        spikes = SpikeMonitor(cells, "v")
        voltages = StateMonitor(cells, "v", record=True)
        Network(cells, links, spikes, voltages).run(seconds * second)
    who = np.array(spikes.i)
    at = tuple(np.array(spikes.t / ms)[who == k] for k in range(n))
    return Chain(np.array(voltages.t / ms), np.array(voltages.v_), at, np.array(spikes.v_)[who == 0])


def simulate_rates(setup: Setup, weights: np.ndarray, drive: float, seconds: float) -> np.ndarray:
    """Simulate one driven neuron that lifts one neuron for each weight; their spikes a second."""
    with simulator(setup):
        first = _driven(NEURON.neuron_group(1, name="first"), drive)
        others = NEURON.neuron_group(len(weights), name="others")
        links = VoltageJump(weight="1 V").connect(first, others, weights=weights[None])
        spikes = SpikeMonitor(others, record=False)
        Network(first, others, links, spikes).run(seconds * second)
    return np.array(spikes.count) / seconds


def _driven(cells: NeuronGroup, drive: float) -> NeuronGroup:
    """Let a current drive the first neuron."""
    cells.i_in = np.eye(len(cells))[0] * drive * volt
    return cells


def first_period(drive: float) -> float:
    """Return the time between two spikes of the driven neuron in seconds, in whole steps: tau*log(I/(I - 1))."""
    return np.ceil(TAU * np.log(drive / (drive - THRESHOLD)) / DT) * DT


def expected_periods(n: int, weight: float, period: float) -> list[float]:
    """Return the time between two spikes of each neuron of a chain; infinite for one that never spikes.

    After k spikes a period T apart, a neuron has weight*(1 - q**k)/(1 - q), where q = exp(-T/tau): it spikes after the
    first k that takes it to the threshold, in the step after that spike, in which it decays once.
    """
    periods = [period]
    for _ in range(1, n):
        q = np.exp(-periods[-1] / TAU)
        reached = weight * np.cumsum(q ** np.arange(200.0)) * np.exp(-DT / TAU) > THRESHOLD
        periods.append(periods[-1] * (1 + int(reached.argmax())) if reached.any() else np.inf)
    return periods


def _claims(chain: Chain, values: tuple[float, float], curve: tuple) -> tuple[Claim, ...]:
    weight, drive = values
    rates, expected, seconds = curve
    lift, worst = measured_jump(chain), float(np.abs(rates - expected).max()) * seconds
    regular = max(np.ptp(np.diff(one)) for one in chain.spikes if len(one) > 1)
    return (
        Claim.near(
            "a presynaptic spike lifts the next voltage, in volt", SOURCE, paper=weight, measured=lift, tolerance=1e-9,
            reason="the paper: by a magnitude equivalent to the weight; rounding",
        ),
        Claim.between(
            "voltage at which the first neuron spikes, in volt", SOURCE, low=THRESHOLD,
            high=THRESHOLD + drive * DT / TAU, measured=float(chain.at_spikes.mean()),
            reason="spikes are generated at 1.0 V; it rises by less than drive*dt/tau beyond it in one step",
        ),
        Claim.at_most(
            "spikes of the second neuron that differ from the closed form, over all weights", "our own", paper=0,
            measured=worst, slack=1.0, reason="whole spikes in a finite time",
        ),
        Claim.at_most(
            "difference between intervals of one neuron, in ms", "our own", paper=0, measured=float(regular),
            slack=1e-6, reason="each neuron is regular: the rate is divided by a whole number in each link",
        ),
    )  # fmt: skip


def measured_jump(chain: Chain) -> float:
    """Return how far the second neuron jumps at the first spike of the first one, from a voltage of zero."""
    step = round(chain.spikes[0][0] * 1e-3 / DT)
    return float(chain.voltages[1, step + 1] - chain.voltages[1, step])


def _table(chain: Chain, wanted: list[float]) -> Table:
    rows = []
    for k, (spikes, period) in enumerate(zip(chain.spikes, wanted, strict=True)):
        measured = float(np.diff(spikes).mean()) if len(spikes) > 1 else None
        rows.append((f"neuron {k + 1}", len(spikes), measured, period * 1e3 if np.isfinite(period) else None))
    return Table(
        "A chain of neurons", ("neuron", "spikes", "interval (ms)", "closed form (ms)"), tuple(rows), decimals=2
    )


def _draw(context: RunContext, chain: Chain) -> None:
    """Draw voltages one under the other, with a line up at each spike and the threshold, as in figure 1."""
    n = len(chain.spikes)
    shown = chain.times <= 200
    with drawing(context.figure("chain"), height=1.2 + 1.3 * n) as figure:
        rows = figure.subplots(n, 1, squeeze=False, sharex=True, sharey=True)[:, 0]
        for k, axes in enumerate(rows):
            axes.plot(chain.times[shown], chain.voltages[k, shown], color=COLOURS[0], linewidth=1.4)
            spikes = chain.spikes[k][chain.spikes[k] <= 200]
            axes.vlines(spikes, THRESHOLD, 2 * THRESHOLD, color=COLOURS[1], linewidth=1.2)
            axes.axhline(THRESHOLD, color=SOFT, linestyle="--", linewidth=1)
            axes.text(1.01, 0.5, f"neuron {k + 1}", transform=axes.transAxes, va="center")
            axes.margins(x=0.01)
        rows[0].set_title("Spikes of one neuron produce spikes in another")
        rows[-1].set_xlabel("time (ms)")
        figure.supylabel("voltage (V)", fontsize=10)


def _figures() -> tuple[Figure, ...]:
    return (
        Figure(
            "chain.png",
            "Spikes of one neuron produce spikes in another",
            "Voltages of the neurons over time: the first rises and spikes regularly, the next ones jump at each spike "
            "of the one before and spike at every second one.",
            "As figure 1 of the paper. Dashed: the threshold of 1 V. Lines up: spikes.",
        ),
        Figure(
            "rates.png",
            "How often the second neuron spikes, by weight",
            "A staircase: no spikes below 0.5 V, then the rate of the first neuron divided by 5, 4, 3, 2 and 1.",
        ),
    )
