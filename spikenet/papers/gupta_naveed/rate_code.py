"""Section 3.5 of Gupta and Naveed: integrate-and-fire neurons carry by spikes what ReLU carries by numbers.

A layer of neurons without a leak adds up what arrives. Where a spike takes the threshold away from the voltage, a
neuron that has been given W x in all, none of which is taken back, spikes floor(ReLU(W x)/V_th) times. It is never
more than one spike off if

- the reset subtracts the threshold (a reset to a voltage loses what lies above it),
- the voltage starts between zero and the threshold (from half of it, at most half a spike is off), and
- it spikes only when all spikes of the layer before have come: layer after layer. Where all layers spike at once,
  inhibition may come too late to take back a spike. Then the spikes lie between those for the input at the end and
  those for the largest sum of the input at any time.

Through several layers the error grows as the weights make it grow: after l layers it is at most l spikes if the
weights of each neuron, without their signs, add up to at most the threshold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from brian2 import Network, SpikeMonitor, second, volt

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.neurons import NeuronModel
from spikenet.papers.gupta_naveed import PAPER
from spikenet.papers.gupta_naveed.brian2_run import simulator
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table
from spikenet.synapses import VoltageJump

SOURCE = f"{PAPER}, section 3.5"
DT = 1e-3  # seconds; a neuron spikes at most once in a step
ROUNDING = 1e-9  # spikes, of sums over steps
NEURON = NeuronModel(
    name="integrate_and_fire_by_counts",
    equations="""
        dv/dt = i_in*int(t < t_driven) : volt
        i_in : volt/second
        t_driven : second
        t_open : second
    """,
    outputs=("v",),
    threshold="v >= v_threshold and t > t_open",
    reset="v -= v_threshold",
    parameters={"v_threshold": "1 V"},
    method="euler",
    dt=DT,
    reference=SOURCE,
)
NEURON_RESET_TO_ZERO = replace(NEURON, name="integrate_and_fire_reset_to_zero", reset="v = 0*volt")


@dataclass(frozen=True)
class Nets:
    """Random networks: weights (net, layer, post, pre) of all layers but the first, whose sums are drive (net, unit).

    All in units of the threshold.
    """

    weights: np.ndarray
    drive: np.ndarray

    @classmethod
    def random(cls, rng: np.random.Generator, n: int, shape: tuple[int, int], spikes: float, bounded=False) -> "Nets":
        """Make n networks (depth, width) whose first layer has so many spikes on average.

        Weights are normal with a variance of 2/width (He et al. 2015), which keeps the activity from layer to layer;
        ``bounded`` ones add up to the threshold in each neuron, and every tenth is negative.
        """
        depth, width = shape
        weights = rng.normal(0, np.sqrt(2 / width), (n, depth - 1, width, width))
        drive = np.einsum("npi,ni->np", rng.normal(size=(n, width, width)), rng.random((n, width)))
        if bounded:
            weights = np.abs(weights) * np.where(rng.random(weights.shape) < 0.1, -1, 1)
            weights /= np.abs(weights).sum(axis=-1, keepdims=True)
        return cls(weights, drive * spikes / relu(drive).mean())

    @property
    def shape(self) -> tuple[int, int, int]:
        """Networks, layers, and neurons of a layer."""
        n, below, width = self.weights.shape[:3]
        return n, below + 1, width

    def activations(self) -> np.ndarray:
        """Return what the same network of ReLU gives (net, layer, unit)."""
        values = [relu(self.drive)]
        for layer in range(self.shape[1] - 1):
            values.append(relu(np.einsum("npq,nq->np", self.weights[:, layer], values[-1])))
        return np.stack(values, axis=1)

    def sums(self, counts: np.ndarray) -> np.ndarray:
        """Return what the neurons of each layer are given in all by spikes of the layer before (net, layer, unit)."""
        later = np.einsum("nlpq,nlq->nlp", self.weights, counts[:, :-1])
        return np.concatenate([self.drive[:, None], later], axis=1)


@dataclass(frozen=True)
class Case:
    """How the layers spike, and from which voltage they start, in thresholds."""

    start: float = 0.0
    at_once: bool = False
    model: NeuronModel = NEURON
    bounded: bool = False


SERIAL, HALF, AT_ONCE, ZERO, BOUNDED = (
    "layer after layer",
    "layer after layer, from half the threshold",
    "all layers at once",
    "all layers at once, reset to zero",
    "layer after layer, bounded weights",
)
CASES: Mapping[str, Case] = {
    SERIAL: Case(),
    HALF: Case(start=0.5),
    AT_ONCE: Case(at_once=True),
    ZERO: Case(at_once=True, model=NEURON_RESET_TO_ZERO),
    BOUNDED: Case(bounded=True),
}


@dataclass(frozen=True)
class Counted:
    """Spikes of networks (net, layer, unit), and the largest sum of the input at any time."""

    nets: Nets
    counts: np.ndarray
    largest: np.ndarray

    @property
    def of_layer(self) -> np.ndarray:
        """Distances of each layer from ReLU of its own input, in spikes."""
        return np.abs(self.counts - relu(self.nets.sums(self.counts)))

    @property
    def of_net(self) -> np.ndarray:
        """Distances from the whole network of ReLU, in spikes."""
        return np.abs(self.counts - self.nets.activations())

    def outside(self) -> int:
        """Return the number of neurons that spike less than for their input at the end, or more than for the largest.

        For neurons that start from zero.
        """
        low = np.floor(relu(self.nets.sums(self.counts)) - ROUNDING)
        high = np.floor(relu(self.largest) + ROUNDING)
        return int(np.sum((self.counts < low) | (self.counts > high)))


def relu(values: np.ndarray) -> np.ndarray:
    """Return the values, and zero for negative ones."""
    return np.maximum(values, 0)


def run(setup: Setup, context: RunContext) -> Outcome:
    """Count spikes of random networks of several widths, under each condition."""
    options = setup.options
    depth, widths = options["depth"], options["widths"]
    counted: dict[tuple[str, int], Counted] = {}
    with context.progress("rate code", len(CASES) * len(widths) * len(setup.seeds)) as progress:
        for width in widths:
            for name, case in CASES.items():
                parts = []
                for seed in setup.seeds:
                    rng = np.random.default_rng([seed, width])
                    nets = Nets.random(rng, options["networks"], (depth, width), options["spikes"], case.bounded)
                    parts.append(count(setup, nets, case))
                    progress.step()
                counted[name, width] = _joined(parts)
    _draw(context, counted, widths[-1])
    return Outcome(
        metrics={
            f"{name}, width {width}": {
                "of_net": one.of_net.mean(axis=(0, 2)), "of_layer": one.of_layer.max(axis=(0, 2)),
            }
            for (name, width), one in counted.items()
        },
        claims=_claims(counted),
        tables=(_table(counted),),
        figures=_figures(widths[-1]),
    )  # fmt: skip


def count(setup: Setup, nets: Nets, case: Case) -> Counted:
    """Simulate networks side by side, all layers of which are one group of neurons, and count their spikes.

    A current drives the first layer during one window, three times as many steps as the most spikes of ReLU. Layer
    after layer, each layer spikes in a window of its own; at once, there are two more windows for spikes to travel.
    """
    n, depth, width = nets.shape
    window = 3 * int(nets.activations().max()) + 20
    numbers = np.arange(n * depth * width).reshape(n, depth, width)
    opens = 0 if case.at_once else window * np.arange(depth)
    n_steps = 3 * window if case.at_once else depth * window
    with simulator(setup):
        cells = case.model.neuron_group(numbers.size, name="layers")
        cells.v = case.start * volt
        cells.t_driven = (window - 0.5) * DT * second
        cells.t_open = (np.broadcast_to(opens, (n, width, depth)).swapaxes(1, 2).ravel() - 0.5) * DT * second
        drive = np.zeros(numbers.shape)
        drive[:, 0] = nets.drive / (window * DT)
        cells.i_in = drive.ravel() * volt / second
        # axes as those of the weights: net, layer, post, pre
        pre = np.broadcast_to(numbers[:, :-1, None, :], nets.weights.shape).ravel()
        post = np.broadcast_to(numbers[:, 1:, :, None], nets.weights.shape).ravel()
        links = VoltageJump(weight="1 V").connect(cells, cells, (pre, post), weights=nets.weights.ravel())
        spikes = SpikeMonitor(cells)
        Network(cells, links, spikes).run(n_steps * DT * second)
    counts = np.array(spikes.count).reshape(numbers.shape)
    steps = np.rint(np.array(spikes.t_) / DT).astype(int)
    return Counted(nets, counts, _largest_sums(nets, np.array(spikes.i), steps, n_steps))


def _largest_sums(nets: Nets, who: np.ndarray, steps: np.ndarray, n_steps: int) -> np.ndarray:
    """Return the largest sum of the input of each neuron at the end of any step (net, layer, unit)."""
    n, depth, width = nets.shape
    order = np.argsort(who, kind="stable")
    bounds = np.searchsorted(who[order], np.arange(0, n * depth * width + 1, width))
    largest = np.empty((n, depth, width))
    for net in range(n):
        largest[net, 0] = nets.drive[net]  # a constant current: the largest sum above zero is the last one
        for layer in range(depth - 1):
            k = net * depth + layer
            mine = order[bounds[k] : bounds[k + 1]]
            spiked = np.zeros((n_steps, width))
            spiked[steps[mine], who[mine] - k * width] = 1
            largest[net, layer + 1] = np.cumsum(spiked @ nets.weights[net, layer].T, axis=0).max(axis=0)
    return largest


def _joined(parts: list[Counted]) -> Counted:
    """Return networks of several seeds as one set."""
    nets = Nets(*(np.concatenate([getattr(one.nets, name) for one in parts]) for name in ("weights", "drive")))
    return Counted(nets, *(np.concatenate([getattr(one, name) for one in parts]) for name in ("counts", "largest")))


def _claims(counted: Mapping[tuple[str, int], Counted]) -> tuple[Claim, ...]:
    by_case = {name: [one for (other, _), one in counted.items() if other == name] for name in CASES}
    worst = {name: max(float(one.of_layer.max()) for one in found) for name, found in by_case.items()}
    growth = max(
        float((one.of_net.max(axis=(0, 2)) / np.arange(1, one.nets.shape[1] + 1)).max()) for one in by_case[BOUNDED]
    )
    beyond = np.concatenate([one.of_layer.ravel() for one in by_case[AT_ONCE]]) > 1 + ROUNDING
    return (
        Claim.at_most(
            f"{SERIAL}: largest error of a layer, in spikes", SOURCE, paper=1.0, measured=worst[SERIAL],
            slack=ROUNDING, reason="what is left below the threshold; reset by subtraction, from a voltage of zero",
        ),
        Claim.at_most(
            f"{HALF}: largest error of a layer, in spikes", "our own", paper=0.5, measured=worst[HALF],
            slack=ROUNDING, reason="rounds to the nearest number of spikes",
        ),
        Claim.at_most(
            f"{BOUNDED}: largest error after l layers, in spikes divided by l", "our own", paper=1.0, measured=growth,
            slack=ROUNDING, reason="such weights pass on no more than the largest error, and a layer adds one spike",
        ),
        Claim.at_most(
            f"{AT_ONCE}: neurons that spike less than for their input at the end, or more than for its largest sum",
            "our own", paper=0, measured=sum(one.outside() for one in by_case[AT_ONCE]),
            reason="spikes cannot be taken back by inhibition that comes late",
        ),
        Claim.at_most(
            f"{AT_ONCE}: largest error of a layer, in spikes", SOURCE, paper=1.0, measured=worst[AT_ONCE],
            slack=ROUNDING, reason="as layer after layer",
        ).with_note(
            f"{100 * beyond.mean():.1f} per cent of the neurons are more than one spike off: inhibition came after "
            "spikes that it should have prevented. Not so layer after layer."
        ),
    )  # fmt: skip


def _table(counted: Mapping[tuple[str, int], Counted]) -> Table:
    rows = [
        (
            name, width, float(one.of_layer.max()), float(np.mean(one.of_layer > 1 + ROUNDING)) * 100,
            *(float(values.mean()) for values in (one.of_net[:, 0], one.of_net[:, -1], one.nets.activations()[:, -1])),
        )
        for (name, width), one in counted.items()
    ]  # fmt: skip
    columns = (
        "condition", "width", "largest error of a layer", "neurons beyond one spike (%)", "mean error, first layer",
        "mean error, last layer", "mean of ReLU, last layer",
    )  # fmt: skip
    return Table("Errors in spikes", columns, tuple(rows), decimals=2)


def _draw(context: RunContext, counted: Mapping[tuple[str, int], Counted], width: int) -> None:
    found = {name: counted[name, width] for name in CASES if name != ZERO}  # its errors dwarf all others
    layers = np.arange(1, found[SERIAL].nets.shape[1] + 1)
    plot_lines(
        context.figure("depth"),
        layers,
        {name: one.of_net.mean(axis=2) for name, one in found.items()},
        Labels("Distance from the network of ReLU", "layer", "mean error (spikes)"),
    )
    plot_lines(
        context.figure("layer"),
        layers,
        {name: found[name].of_layer.max(axis=(0, 2)) for name in (SERIAL, HALF, AT_ONCE)},
        Labels("Distance of each layer from ReLU of its own input", "layer", "largest error (spikes)"),
        {"one spike": 1.0},
    )


def _figures(width: int) -> tuple[Figure, ...]:
    return (
        Figure(
            "depth.png",
            "Error of the whole network, by depth",
            "Mean distances between spikes and ReLU over layers: they grow with depth, least from half the threshold.",
            f"Width {width}; bands: one standard deviation over networks. Reset to zero, see the table, is far above.",
        ),
        Figure(
            "layer.png",
            "Largest error of each layer, given its own input",
            "Layer after layer never beyond one spike, or half of one from half the threshold; beyond it where all "
            "layers spike at once.",
            f"Width {width}; largest over all networks and neurons.",
        ),
    )
