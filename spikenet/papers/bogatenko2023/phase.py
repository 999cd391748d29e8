"""The phase plane of one FHN neuron with its nullclines. Bogatenko et al. (2023), figure 2."""

from dataclasses import dataclass

import numpy as np

from spikenet.engines.simulate import simulate
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.neurons import FHN, NeuronModel
from spikenet.papers.bogatenko2023 import PAPER
from spikenet.progress import silent
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_phase, plot_traces
from spikenet.report.style import Labels
from spikenet.report.table import Table

SOURCE = f"{PAPER}, figure 2"
START = {"x": -1.0, "y": -0.9}  # below the knee of the cubic: an excitable neuron answers with one excursion
ENGINES = {"response": "cpp"}  # a table of responses is for many neurons


@dataclass(frozen=True)
class Course:
    """What a neuron does at one ``a`` and drive: x and y over time from START, and x over a later, settled stretch."""

    a: float
    drive: float
    x: np.ndarray
    y: np.ndarray
    settled: np.ndarray

    @property
    def rest(self) -> float:
        """x where the nullclines cross, -(a + I)."""
        return -(self.a + self.drive)

    @property
    def label(self) -> str:
        return f"a = {self.a:g}" + (f", I = {self.drive:g}" if self.drive else "")

    @property
    def amplitude(self) -> float:
        return float(np.ptp(self.settled))


def run(setup: Setup, desk: Desk) -> Outcome:
    """An oscillating and an excitable neuron, and what a drive makes of the excitable one."""
    a = float(setup.options["a"])
    with desk.progress("phase plane", 3) as progress:
        free = follow(setup, 0.0, 0.0)
        progress.step()
        excitable = follow(setup, a, 0.0)
        progress.step()
        driven = follow(setup, a, float(setup.options["drive"]))
    courses = (free, excitable, driven)
    _draw(desk, courses)
    return Outcome(
        metrics={course.label: {"rest": course.rest, "amplitude": course.amplitude} for course in courses},
        claims=_claims(courses),
        tables=(_table(courses),),
        figures=_figures(courses),
    )


def follow(setup: Setup, a: float, drive: float) -> Course:
    """Simulate one neuron."""
    options = setup.options
    fhn = FHN(epsilon=options["epsilon"], a=a)
    shown = {output: _trace(setup, fhn.with_initial(**START), drive, output) for output in ("x", "y")}
    settled = _trace(setup, fhn, drive, "x", settle=options["settle"])
    return Course(a, drive, shown["x"], shown["y"], settled)


def _trace(setup: Setup, fhn: NeuronModel, drive: float, output: str, settle="0 ms") -> np.ndarray:
    recording = simulate(
        fhn,
        [[drive]],
        settle=settle,
        duration=setup.options["duration"],
        sample_dt="0.01 ms",
        record="trace",
        variable=output,
        engine=ENGINES.get(setup.engine, setup.engine),
        progress=silent,
    )
    return recording.trace[0, :, 0]


def _draw(desk: Desk, courses: tuple[Course, ...]) -> None:
    free, excitable, driven = courses
    x = np.linspace(-2.5, 2.5, 501)
    cubic = np.column_stack([x, x - x**3 / 3])
    crossings = {"unstable": free, "stable": excitable}
    plot_phase(
        desk.figure("phase"),
        {f"{free.label}: oscillates": _path(free), f"{excitable.label}: one excursion": _path(excitable)},
        {
            "dx/dt = 0": cubic,
            f"dy/dt = 0, {free.label}": _vertical(free),
            f"dy/dt = 0, {excitable.label}": _vertical(excitable),
        },
        {name: (course.rest, course.rest - course.rest**3 / 3) for name, course in crossings.items()},
        Labels("Phase plane of the FHN neuron", "x", "y"),
    )
    times = 0.01 * np.arange(len(free.x))
    plot_traces(
        desk.figure("traces"),
        times,
        {course.label.replace(", ", "\n"): course.x for course in courses},
        Labels("A drive sets the excitable neuron going", "time (tau)", "x"),
    )


def _path(course: Course) -> np.ndarray:
    return np.column_stack([course.x, course.y])


def _vertical(course: Course) -> np.ndarray:
    return np.array([[course.rest, -2.0], [course.rest, 2.0]])


def _claims(courses: tuple[Course, ...]) -> tuple[Claim, ...]:
    free, excitable, driven = courses
    claims = [
        Claim.at_least(
            f"{course.label}: oscillates, peak to peak of x", SOURCE, paper=2.0, measured=course.amplitude,
            reason="the outer branches of the cubic are 2 or more apart; a neuron at rest has 0",
        )
        for course in (free, driven)
    ]  # fmt: skip
    distance = float(np.abs(excitable.settled - excitable.rest).max())
    return (
        *claims,
        Claim.at_most(
            f"{excitable.label}: rests where the nullclines cross, distance of x from -(a + I)", SOURCE,
            paper=1e-3, measured=distance, reason="a focus is approached exponentially",
        ),
    )  # fmt: skip


def _table(courses: tuple[Course, ...]) -> Table:
    rows = [
        (course.label, course.rest, course.amplitude, "oscillates" if course.amplitude > 1 else "rests")
        for course in courses
    ]
    columns = ("neuron", "nullclines cross at x", "peak to peak of x", "what it does")
    return Table("Settled FHN neurons", columns, tuple(rows), decimals=3)


def _figures(courses: tuple[Course, ...]) -> tuple[Figure, ...]:
    free, excitable, driven = courses
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


OPTIONS = {"epsilon": 0.05, "a": 1.05, "drive": -0.3, "settle": "1000 ms", "duration": "20 ms"}
