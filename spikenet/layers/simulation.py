"""What a layer asks of an engine: drives in, what was kept out. No Keras here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from spikenet.encode import Drive
from spikenet.engines.base import Engine
from spikenet.engines.job import Job, Timing, plan
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.neurons.model import NeuronModel
from spikenet.progress import Progress
from spikenet.units import Dimensions, unit_text

OUTPUTS = ("mean", "final", "count", "trace", "instants")


@dataclass(frozen=True, eq=False)
class Simulation:
    """Neurons under a drive, simulated by an engine; ``output`` is one of OUTPUTS, of the variable ``of``.

    ``instants`` is how many random samples of the trace a call in training gives.
    """

    neuron: NeuronModel
    drive: Drive
    timing: Timing
    engine: Engine
    output: str = "mean"
    of: str | None = None
    instants: int = 8

    def __post_init__(self):
        if self.output not in OUTPUTS:
            raise InvalidValueError(f"unknown output {self.output!r}; there are {', '.join(OUTPUTS)}")
        if type(self.instants) is not int or self.instants < 1:
            raise InvalidValueError(f"instants is {self.instants!r}, wanted a whole number from 1")
        check_drive(self.drive, self.neuron)
        self.plan(np.zeros((1, 1)))
        if self.tabulated and not np.isfinite(self.drive.range).all():
            raise InvalidValueError(
                f"{self.drive!r} has no bounds, and a response table needs some; give low and high, or another engine"
            )

    @property
    def kept(self) -> str:
        """What the engine has to keep."""
        return "trace" if self.output == "instants" else self.output

    @property
    def tabulated(self) -> bool:
        """Whether the engine looks up what another one has simulated."""
        return self.engine.simulator != self.engine

    def plan(self, drives: np.ndarray, seed: int = 0) -> tuple[Job, dict[str, np.ndarray]]:
        """A job for drives (sample, unit) or (sample, time, unit), and the drives once they are checked."""
        neuron = self.neuron
        if len(neuron.initial) and drives.shape[-1] == 1:  # nobody knows yet how many units there are
            neuron = neuron.with_initial(**{name: np.ravel(value)[0] for name, value in neuron.initial.items()})
        return plan(neuron, drives, self.timing, keep=(self.kept,), output=self.of, seed=seed)

    def __call__(self, z: np.ndarray, draw: int, training: bool) -> np.ndarray:
        """What is kept of neurons under pre-activations ``z``, (sample, unit) or (sample, time, unit).

        ``draw`` is where chance comes from. In training, ``instants`` gives (sample, instant, unit); else the trace.
        """
        job, drives = self.plan(self.drive(z), draw if self.neuron.noisy else 0)
        if self.output == "instants" and training:
            return self._engine.trace_at(job, drives, self.chosen(draw, job), _unseen())
        return self._engine.run(job, drives, _unseen()).values[self.kept]

    def chosen(self, draw: int, job: Job) -> np.ndarray:
        """The samples of the trace that a call in training gives, rising."""
        n = min(self.instants, job.n_samples)
        return np.sort(np.random.default_rng(draw).choice(job.n_samples, n, replace=False))

    @cached_property
    def _engine(self) -> Engine:
        """The engine, made ready for the widest drives."""
        if not self.tabulated:
            return self.engine
        with Progress(f"responses of {self.neuron.name}") as shown:
            return self.engine.prepared(*self.plan(np.array(self.drive.range)[:, None]), shown)

    def with_neuron(self, neuron: NeuronModel, of: str) -> "Simulation":
        """The same for another neuron, of which another variable is kept."""
        return replace(self, neuron=neuron, of=of)


def check_drive(drive: Drive, neuron: NeuronModel) -> None:
    """Errors: InvalidTypeError for what is no drive or no neuron, UnitError for units that the neuron does not take."""
    for name in ("slope", "range", "with_gain"):
        if not hasattr(drive, name):
            raise InvalidTypeError(f"the drive is {drive!r}; wanted one such as sn.tanh_drive(gamma=-0.5)")
    if not isinstance(neuron, NeuronModel):
        raise InvalidTypeError(f"the neuron is {type(neuron).__name__}, wanted a NeuronModel such as sn.FHN")
    port, wanted = neuron.ports[0], neuron.variables[neuron.ports[0]]
    if drive.dimensions is not None and tuple(drive.dimensions) != wanted:
        raise UnitError(
            f"the drive is in {_unit(drive.dimensions)}, and {neuron.name} takes {port} in {_unit(wanted)}; "
            "give it in such units, or as plain numbers in SI"
        )


def _unit(dimensions: Dimensions) -> str:
    return unit_text(tuple(dimensions)) if any(dimensions) else "numbers without a unit"


def _unseen() -> Progress:
    nobody: Callable[[float], None] = lambda fraction: None  # noqa: E731 (a batch takes less than anybody can read)
    return Progress("", nobody)
