"""Section 4.2 of Gupta and Naveed: presynaptic spikes times the change of the postsynaptic voltage as a gradient."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.papers.gupta_naveed import PAPER
from spikenet.papers.gupta_naveed.energy_network import EnergyNetwork, rate
from spikenet.papers.gupta_naveed.pairing import analytic_change
from spikenet.papers.gupta_naveed.voltage_ramp import RISE, RISES, TAU, analytic_window, simulated_window
from spikenet.report.figure import Figure
from spikenet.report.style import COLOURS, INK, SOFT, Labels, drawing
from spikenet.report.table import Table, mean_sd
from spikenet.synapses import STDP

SOURCE = f"{PAPER}, section 4.2, eq. 2"
BOTH, RATES = "voltage's change, both ways", "rate's change, both ways"
FORWARD, BACKWARD = "voltage's change, towards outputs", "voltage's change, towards inputs"
LEARNING = (0.3, 0.1)  # learning rate and nudge, where a network learns by the rule
STRONG = 1.0  # a nudge as strong as the leak
MANY = 100  # spikes, from which on the closed form of many spikes is compared


@dataclass(frozen=True)
class Correlations:
    """Correlations of the rule's change with the gradient, over the connections of a network.

    Parameters
    ----------
    by_nudge : mapping of str to ndarray
        For each variant of the rule (network, nudge).
    by_spikes : ndarray
        Where presynaptic rates are Poisson spikes (network, number of spikes).
    expected : ndarray
        The same in closed form.
    """

    by_nudge: Mapping[str, np.ndarray]
    by_spikes: np.ndarray
    expected: np.ndarray


def check(setup: Setup) -> None:
    """Raise an error for lags beyond the rise of the voltage."""
    options = setup.options
    span, step, most = options["span"], options["step"], round(RISE * 500)
    if not step <= span <= most:
        raise InvalidValueError(f"option span is {span} ms, with a step of {step} ms; give from {step} to {most} ms")


def run(setup: Setup, context: RunContext) -> Outcome:
    """Correlate the rule with the gradient in random networks, let them learn by it, and simulate its window."""
    options = setup.options
    nudges, spikes = (np.sort(np.array(options[name], float)) for name in ("nudges", "spikes"))
    networks = [
        EnergyNetwork.random((6, 10, 4), options["patterns"], np.random.default_rng([seed, k]))
        for seed in setup.seeds
        for k in range(options["networks"])
    ]
    with context.progress("Bengio's rule", len(networks) + len(RISES)) as progress:
        measured, left = [], []
        for k, network in enumerate(networks):
            measured.append(correlations(network, nudges, spikes, np.random.default_rng([*setup.seeds, 1000 + k])))
            left.append([learn(network, options["updates"], variant) for variant in (BOTH, RATES)])
            progress.step()
        lags = np.array([lag for lag in range(-options["span"], options["span"] + 1, options["step"]) if lag]) * 1e-3
        windows = {}
        for rise in RISES:
            at, changes = simulated_window(rise, lags, setup)
            windows[rise] = np.array([changes, analytic_window(rise, at)])
            progress.step()
    found = Correlations(
        {name: np.array([one.by_nudge[name] for one in measured]) for name in measured[0].by_nudge},
        *(np.array([getattr(one, name) for one in measured]) for name in ("by_spikes", "expected")),
    )
    classical = np.array([analytic_change(STDP, np.array([1.0]), np.array([1.0 + lag])) for lag in lags])
    _draw_gradient(context, nudges, spikes, found)
    _draw_windows(context, lags, windows, classical)
    return Outcome(
        metrics={"nudges": nudges, "by_nudge": found.by_nudge, "spikes": spikes, "by_spikes": found.by_spikes}
        | {"expected": found.expected, "error_left": np.array(left), "lags": lags, "windows": windows},
        claims=(*_gradient_claims(nudges, spikes, found, np.array(left)), *_window_claims(lags, windows, classical)),
        tables=(_nudge_table(nudges, found), _spike_table(spikes, found)),
        figures=_figures(len(networks)),
        notes=(
            "The paper prints the condition as dV_ij = dJ/dW_ij, which lacks the presynaptic factor of eq. 2; what is "
            "compared here is S_i*dV_j with dJ/dW_ij. Equations 3 and 4, a likelihood and its bound, are a hypothesis "
            "there and are not tested: the objective here is the squared error of the outputs.",
        ),
    )


def correlations(
    network: EnergyNetwork, nudges: np.ndarray, spikes: np.ndarray, rng: np.random.Generator
) -> Correlations:
    """Return the correlations of one network: (nudge,) for each variant, and (number of spikes,) at the least nudge."""
    gradient = network.gradient()

    def alike(change: np.ndarray) -> float:
        return float(np.corrcoef(change, gradient)[0, 1])

    by_nudge = {RATES: [], BOTH: [], FORWARD: [], BACKWARD: []}
    for nudge in nudges:
        s = network.nudged(nudge)
        for name, values in by_nudge.items():
            values.append(alike(_change(network, s, name)))
    s = network.nudged(nudges[0])
    by_spikes = [alike(spiking_change(network, s, n, rng)) for n in spikes]
    return Correlations(
        {name: np.array(values) for name, values in by_nudge.items()},
        np.array(by_spikes),
        expected_correlation(network, s, spikes, gradient),
    )


def _change(network: EnergyNetwork, s: np.ndarray, variant: str) -> np.ndarray:
    """Return the change of each connection (connection,) by a variant of the rule, along voltages s."""
    r = rate(s)
    towards_outputs, towards_inputs = network.changes((r[:-1] + r[1:]) / 2, r if variant == RATES else s)
    return {FORWARD: towards_outputs, BACKWARD: towards_inputs}.get(variant, towards_outputs + towards_inputs)


def spikes_per_rate(network: EnergyNetwork, s: np.ndarray, n: float) -> float:
    """Return the spikes of a neuron at a rate of 1 in one step, so that each neuron has ``n`` in all on average."""
    return n / float(rate(s[:-1]).sum(axis=(0, 1)).mean())


def spiking_change(network: EnergyNetwork, s: np.ndarray, n: float, rng: np.random.Generator) -> np.ndarray:
    """Return the change of eq. 2 by Poisson spikes, both ways (connection,); a neuron spikes ``n`` times on average.

    Spikes carry presynaptic rates to the rule only; voltages follow the rates themselves.
    """
    scale = spikes_per_rate(network, s, n)
    return network.changes(rng.poisson(rate(s[:-1]) * scale) / scale, s).sum(axis=0)


def expected_correlation(network: EnergyNetwork, s: np.ndarray, spikes: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Return the correlation of `spiking_change` with the gradient for each number of spikes, in closed form.

    Poisson spikes leave the change as it is on average, and add a variance that is one over their number. This is the
    limit of many spikes, as it divides means instead of taking the mean of what is divided.
    """
    change = _change(network, s, BOTH)
    directed = np.einsum("tpi,tpj->ij", rate(s[:-1]), np.diff(s, axis=0) ** 2)
    i, j = network.connected
    noise = float(np.mean(directed[i, j] + directed[j, i]))
    covariance = np.mean((change - change.mean()) * (gradient - gradient.mean()))
    variances = [change.var() + noise / spikes_per_rate(network, s, n) for n in spikes]
    return covariance / np.sqrt(gradient.var() * np.array(variances))


def learn(network: EnergyNetwork, updates: int, variant: str) -> float:
    """Return the share of the squared error that is left after updates of the weights by a variant of the rule.

    The voltage's change is that of eq. 2; the rate's change is the gradient, but for the finite nudge.
    """
    eta, nudge = LEARNING
    i, j = network.connected
    first = network.objective(network.fixed_point())
    for _ in range(updates):
        s = network.nudged(nudge)
        weights = network.weights.copy()
        weights[i, j] += eta / nudge * _change(network, s, variant)
        weights[j, i] = weights[i, j]
        network = replace(network, weights=weights)
    return float(network.objective(network.fixed_point()) / first)


def _gradient_claims(nudges: np.ndarray, spikes: np.ndarray, found: Correlations, left: np.ndarray) -> list[Claim]:
    weak, strong = 0, int(np.argmin(np.abs(nudges - STRONG)))
    many = spikes >= min(MANY, spikes[-1])

    def at_least(name: str, bar: float, values: np.ndarray, reason: str) -> Claim:
        claim = Claim.at_least(
            f"{name}: mean correlation with the gradient", SOURCE, paper=bar, measured=float(values.mean()),
            reason=f"our bar; {reason}",
        )  # fmt: skip
        return claim.with_note(f"over networks {mean_sd(values, 3)}, the least {values.min():.3f}")

    by = found.by_nudge
    return [
        at_least(f"{RATES}, nudge of {nudges[weak]:g}", 0.999, by[RATES][:, weak], "the gradient itself, in theory"),
        at_least(f"{BOTH}, nudge of {nudges[weak]:g}", 0.95, by[BOTH][:, weak], "lacks the slope of the rate"),
        at_least(f"{BOTH}, nudge of {nudges[strong]:g}", 0.9, by[BOTH][:, strong], "as strong as the leak"),
        at_least(FORWARD, 0.9, by[FORWARD][:, weak], "one synapse for each connection, as in a feedforward network"),
        at_least(BACKWARD, 0.9, by[BACKWARD][:, weak], "those from the side of the inputs are given voltages"),
        at_least(f"{spikes[-1]:g} Poisson spikes a neuron", 0.9, found.by_spikes[:, -1], "spikes for rates"),
        Claim.at_most(
            f"largest distance of the mean correlation from its closed form, from {spikes[many][0]:g} spikes on",
            "our own", paper=0.02,
            measured=float(np.abs((found.by_spikes - found.expected).mean(axis=0))[many].max()),
            reason="single draws of spikes, for each network",
        ),
        Claim.at_most(
            "squared error that is left after learning by the rule, as a share, mean over networks", SOURCE,
            paper=float(round(left[:, 1].mean(), 3)), measured=float(left[:, 0].mean()), slack=0.1,
            reason="what as many updates by the gradient leave",
        ).with_note(f"over networks {mean_sd(left[:, 0], 3)}; by the gradient {mean_sd(left[:, 1], 3)}"),
    ]  # fmt: skip


def _window_claims(lags: np.ndarray, windows: Mapping[str, np.ndarray], classical: np.ndarray) -> list[Claim]:
    claims = []
    for rise, (simulated, analytic) in windows.items():
        claims += [
            Claim.at_most(
                f"{rise} rise: largest distance of the window from its closed form, in per cent", SOURCE, paper=1.0,
                measured=float(np.max(np.abs(simulated / analytic - 1)) * 100),
                reason="the reset and the change are up to three steps late",
            ),
            Claim.near(
                f"{rise} rise: share of lags at which the change has the sign of the lag", SOURCE, paper=1.0,
                measured=float(np.mean(np.sign(simulated) == np.sign(lags))), tolerance=0.0, reason="every lag",
            ),
            Claim.at_least(
                f"{rise} rise: correlation with the window of STDP", SOURCE, paper=0.99,
                measured=float(np.corrcoef(simulated, classical)[0, 1]), reason="our bar; it gives the STDP window",
            ),
        ]  # fmt: skip
    claims[-1] = claims[-1].with_note("potentiation does not decay with the lag, as the voltage rises steadily")
    return claims


def _nudge_table(nudges: np.ndarray, found: Correlations) -> Table:
    rows = [
        (f"{nudge:g}", *(mean_sd(values[:, k], 3) for values in found.by_nudge.values()))
        for k, nudge in enumerate(nudges)
    ]
    caption = "Mean and standard deviation over networks."
    return Table("Correlation with the gradient, by nudge", ("nudge", *found.by_nudge), tuple(rows), caption)


def _spike_table(spikes: np.ndarray, found: Correlations) -> Table:
    rows = [
        (f"{n:g}", mean_sd(found.by_spikes[:, k], 3), mean_sd(found.expected[:, k], 3)) for k, n in enumerate(spikes)
    ]
    columns = ("spikes of a neuron", "simulated", "closed form")
    return Table("Correlation with the gradient, by number of spikes", columns, tuple(rows))


def _draw_gradient(context: RunContext, nudges: np.ndarray, spikes: np.ndarray, found: Correlations) -> None:
    with drawing(context.figure("gradient"), width=9, height=3.6) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        for colour, (name, values) in zip(COLOURS, found.by_nudge.items(), strict=False):
            _line(left, nudges, values, {"color": colour, "label": name, "fmt": "o-"})
        _line(right, spikes, found.by_spikes, {"color": COLOURS[1], "label": BOTH, "fmt": "o"})
        right.plot(spikes, found.expected.mean(axis=0), color=INK, linewidth=1.2, label="closed form", zorder=1)
        for axes, labels in (
            (left, Labels("presynaptic rates", "nudge of the outputs", "correlation with the gradient")),
            (right, Labels("presynaptic Poisson spikes", "spikes of a neuron")),
        ):
            axes.set_xscale("log")
            axes.grid(axis="y")
            labels.put_on(axes)
            axes.legend(loc="lower right" if axes is right else (0.02, 0.47), fontsize=8)


def _line(axes, x: np.ndarray, values: np.ndarray, style: Mapping[str, object]) -> None:
    """Draw the mean over networks (network, point), with a bar of one standard deviation."""
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else None
    axes.errorbar(x, values.mean(axis=0), spread, markersize=3.5, capsize=2, elinewidth=1, **style)


def _draw_windows(
    context: RunContext, lags: np.ndarray, windows: Mapping[str, np.ndarray], classical: np.ndarray
) -> None:
    with drawing(context.figure("window"), width=9, height=3.2) as figure:
        panels = figure.subplots(1, 3, sharey=True)
        for axes, (rise, (simulated, analytic)) in zip(panels, windows.items(), strict=False):
            _sides(axes, lags, analytic, "closed form")
            axes.plot(lags[::4] * 1e3, simulated[::4], "o", color=COLOURS[1], markersize=3.5, label="simulated")
            Labels(f"Bengio, {rise} rise", "", "change of the weight" if axes is panels[0] else "").put_on(axes)
        _sides(panels[2], lags, classical, "closed form")
        Labels("STDP").put_on(panels[2])
        panels[0].legend(*(one[1:] for one in panels[0].get_legend_handles_labels()), loc="upper left", fontsize=8)
        figure.supxlabel("lag: postsynaptic less presynaptic spike (ms)", fontsize=10)


def _sides(axes, lags: np.ndarray, changes: np.ndarray, label: str) -> None:
    for side in (lags < 0, lags > 0):
        axes.plot(lags[side] * 1e3, changes[side], color=COLOURS[0], label=label)
    axes.axhline(0, color=SOFT, linewidth=0.8)
    axes.axvline(0, color=SOFT, linewidth=0.8)


def _figures(networks: int) -> tuple[Figure, ...]:
    return (
        Figure(
            "gradient.png",
            "Correlation of the rule with the gradient",
            "The correlation falls as the nudge grows; synapses towards the inputs alone hardly follow the gradient. "
            "With Poisson spikes it rises with their number, as the closed form says.",
            f"Mean and standard deviation over {networks} random networks of 6, 10 and 4 neurons. Spikes of a neuron "
            "are counted over all patterns, at the least nudge.",
        ),
        Figure(
            "window.png",
            "Windows of the rule, beside that of STDP",
            "Where the voltage rises exponentially, the window is that of STDP: it decays on both sides. Where it "
            "rises linearly, potentiation is the same at every lag.",
            f"The voltage rises to a spike and is reset to zero; tau_v is {TAU * 1e3:g} ms.",
        ),
    )
