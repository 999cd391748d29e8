"""Figure 2 of Bogatenko et al. (2023): the phase plane of a FitzHugh-Nagumo (FHN) neuron with its nullclines."""

from dataclasses import dataclass

import numpy as np

from spikenet.engines.simulate import simulate
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.neurons import FHN, NeuronModel
from spikenet.papers.bogatenko2023 import PAPER
from spikenet.progress import silent
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_phase, plot_traces
from spikenet.report.style import Labels
from spikenet.report.table import Table

SOURCE = f"{PAPER}, figure 2"
START = {"x": -1.0, "y": -0.9}  # below the knee of the cubic: an excitable neuron answers with one excursion


@dataclass(frozen=True)
class PhaseTrajectory:
    """A neuron at one ``a`` and drive: x and y over time from START, and x over a later interval (``settled``)."""

    a: float
    drive: float
    x: np.ndarray
    y: np.ndarray
    settled: np.ndarray

    @property
    def rest(self) -> float:
        """The x at which the nullclines cross, -(a + I)."""
        return -(self.a + self.drive)

    @property
    def label(self) -> str:
        return f"a = {self.a:g}" + (f", I = {self.drive:g}" if self.drive else "")

    @property
    def amplitude(self) -> float:
        return float(np.ptp(self.settled))


def run(setup: Setup, context: RunContext) -> Outcome:
    """Simulate an oscillating neuron, an excitable one, and the excitable one with a drive."""
    a = float(setup.options["a"])
    with context.progress("phase plane", 3) as progress:
        free = simulate_trajectory(setup, 0.0, 0.0)
        progress.step()
        excitable = simulate_trajectory(setup, a, 0.0)
        progress.step()
        driven = simulate_trajectory(setup, a, float(setup.options["drive"]))
    trajectories = (free, excitable, driven)
    _draw(context, trajectories)
    return Outcome(
        metrics={
            trajectory.label: {"rest": trajectory.rest, "amplitude": trajectory.amplitude}
            for trajectory in trajectories
        },
        claims=_claims(trajectories),
        tables=(_table(trajectories),),
        figures=_figures(trajectories),
    )


def simulate_trajectory(setup: Setup, a: float, drive: float) -> PhaseTrajectory:
    """Simulate one neuron from START, and once more after it has settled."""
    options = setup.options
    fhn = FHN(epsilon=options["epsilon"], a=a)
    shown = {output: _trace(setup, fhn.with_initial(**START), drive, output) for output in ("x", "y")}
    settled = _trace(setup, fhn, drive, "x", settle=options["settle"])
    return PhaseTrajectory(a, drive, shown["x"], shown["y"], settled)


def _trace(setup: Setup, fhn: NeuronModel, drive: float, output: str, settle="0 ms") -> np.ndarray:
    recording = simulate(
        fhn,
        [[drive]],
        settle=settle,
        duration=setup.options["duration"],
        sample_dt="0.01 ms",
        record="trace",
        variable=output,
        engine="cpp" if setup.engine == "response" else setup.engine,  # a table of responses is for many neurons
        progress=silent,
    )
    return recording.trace[0, :, 0]


def _draw(context: RunContext, trajectories: tuple[PhaseTrajectory, ...]) -> None:
    free, excitable, driven = trajectories
    x = np.linspace(-2.5, 2.5, 501)
    cubic = np.column_stack([x, x - x**3 / 3])
    crossings = {"unstable": free, "stable": excitable}
    plot_phase(
        context.figure("phase"),
        {f"{free.label}: oscillates": _path(free), f"{excitable.label}: one excursion": _path(excitable)},
        {
            "dx/dt = 0": cubic,
            f"dy/dt = 0, {free.label}": _vertical(free),
            f"dy/dt = 0, {excitable.label}": _vertical(excitable),
        },
        {name: (trajectory.rest, trajectory.rest - trajectory.rest**3 / 3) for name, trajectory in crossings.items()},
        Labels("Phase plane of the FHN neuron", "x", "y"),
    )
    times = 0.01 * np.arange(len(free.x))
    plot_traces(
        context.figure("traces"),
        times,
        {trajectory.label.replace(", ", "\n"): trajectory.x for trajectory in trajectories},
        Labels("A drive sets the excitable neuron going", "time (tau)", "x"),
    )


def _path(trajectory: PhaseTrajectory) -> np.ndarray:
    return np.column_stack([trajectory.x, trajectory.y])


def _vertical(trajectory: PhaseTrajectory) -> np.ndarray:
    return np.array([[trajectory.rest, -2.0], [trajectory.rest, 2.0]])


def _claims(trajectories: tuple[PhaseTrajectory, ...]) -> tuple[Claim, ...]:
    free, excitable, driven = trajectories
    claims = [
        Claim.at_least(
            f"{trajectory.label}: oscillates, peak to peak of x", SOURCE, paper=2.0, measured=trajectory.amplitude,
            reason="the outer branches of the cubic are 2 or more apart; a neuron at rest has 0",
        )
        for trajectory in (free, driven)
    ]  # fmt: skip
    distance = float(np.abs(excitable.settled - excitable.rest).max())
    return (
        *claims,
        Claim.at_most(
            f"{excitable.label}: rests where the nullclines cross, distance of x from -(a + I)", SOURCE,
            paper=1e-3, measured=distance, reason="a focus is approached exponentially",
        ),
    )  # fmt: skip


def _table(trajectories: tuple[PhaseTrajectory, ...]) -> Table:
    rows = [
        (trajectory.label, trajectory.rest, trajectory.amplitude, "oscillates" if trajectory.amplitude > 1 else "rests")
        for trajectory in trajectories
    ]
    columns = ("neuron", "nullclines cross at x", "peak to peak of x", "what it does")
    return Table("Settled FHN neurons", columns, tuple(rows), decimals=3)


def _figures(trajectories: tuple[PhaseTrajectory, ...]) -> tuple[Figure, ...]:
    free, excitable, driven = trajectories
    return (
        Figure(
            "phase.png",
            "Phase plane with nullclines",
            f"A limit cycle around the cubic nullcline for {free.label}; for {excitable.label} a single round that "
            "ends where the cubic and the vertical nullcline cross.",
            "As figure 2 of the paper: dx/dt = 0 orange, dy/dt = 0 green. A drive moves the vertical one to -(a + I).",
        ),
        Figure(
            "traces.png",
            "The same neurons over time",
            f"x over time: spikes again and again for {free.label}, one spike and rest for {excitable.label}, spikes "
            f"again for {driven.label}.",
        ),
    )
