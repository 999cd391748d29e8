"""How far a network of neurons is from the Keras network that it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spikenet.hybrid.conductance.graph import Step
from spikenet.hybrid.conductance.modes import Mode, at_step_ends
from spikenet.recording import Recording


@dataclass(frozen=True)
class Distance:
    """Largest and rms distance."""

    largest: float
    rms: float

    def __str__(self) -> str:
        return f"{self.rms:.2g} rms, at most {self.largest:.2g}"


@dataclass(frozen=True)
class LayerReport:
    """One layer's ``distance``: of z (dendrites: of its mean), or of spikes a bin from p; and its ``spikes`` a neuron,
    if it sends any."""

    distance: Distance
    spikes: float | None = None

    def __str__(self) -> str:
        sent = "" if self.spikes is None else f"; {self.spikes:.3g} spikes a neuron"
        return f"{self.distance}{sent}"


@dataclass(frozen=True)
class BrianVerification:
    """``same_class`` is a share of the images; ``settling`` (image,) is the time in s after which a class stays."""

    images: int
    same_class: float
    logits: Distance
    layers: Mapping[str, LayerReport]
    settling: np.ndarray | None = field(default=None, repr=False)

    def __str__(self) -> str:
        lines = [f"{self.images} images: same class for {self.same_class:.2%}; logits: {self.logits}"]
        lines += [f"  {name}: {layer}" for name, layer in self.layers.items()]
        if self.settling is not None:
            middle, most = 1e3 * np.median(self.settling), 1e3 * self.settling.max()
            lines.append(f"  the class stays from {middle:.3g} ms on (median), {most:.3g} ms at the latest")
        return "\n".join(lines)


def settling_time(holds: np.ndarray, dt: float) -> np.ndarray:
    """The time after which something ``holds`` (sample, time) to the end, (sample,) in s; infinite if it does not.

    What holds from the first step on does so after ``dt``, at the end of that step.
    """
    steps = holds.shape[1]
    fails = np.where(holds.all(axis=1), 0, steps - np.argmin(holds[:, ::-1], axis=1))  # up to the last that does not
    return np.where(fails < steps, (fails + 1) * dt, np.inf)


class Tally:
    """Distances of a layer, added up piece by piece."""

    def __init__(self):
        self.largest, self.squares, self.values, self.spikes = 0.0, 0.0, 0, 0

    def add(self, found: np.ndarray, wanted: np.ndarray, spikes: int = 0) -> None:
        """One piece more."""
        distance = np.abs(found.astype(float) - wanted)
        self.largest = max(self.largest, float(distance.max()))
        self.squares += float((distance**2).sum())
        self.values += distance.size
        self.spikes += spikes

    @property
    def distance(self) -> Distance:
        return Distance(self.largest, (self.squares / self.values) ** 0.5)

    def report(self, *, spiking: bool) -> LayerReport:
        """Of all pieces."""
        return LayerReport(self.distance, self.spikes / self.values if spiking else None)


class Comparison:
    """Adds up what is heard of the layers and read of the logits, beside what Keras has."""

    def __init__(self, mode: Mode, steps: int, sample_dt: float):
        self._mode, self._steps, self._dt = mode, steps, sample_dt
        self._layers: dict[str, Tally] = {}
        self._sending: set[str] = set()
        self._logits, self._same, self._settling = Tally(), [], []
        self._wanted: Mapping[str, np.ndarray] = {}

    def expect(self, potentials: Mapping[str, np.ndarray]) -> None:
        """What Keras has for the images that come next."""
        self._wanted = potentials

    def hear(self, step: Step, recording: Recording) -> None:
        """A layer's answer to these images."""
        wanted, spiking = self._wanted[step.name], self._mode.spiking
        tally = self._layers.setdefault(step.name, Tally())
        if step.dendrite:
            tally.add(at_step_ends(recording).mean(axis=1), wanted)
            return
        self._sending |= {step.name} if spiking else set()
        found = self._mode.readout_input(recording)[:, -1]
        sent = len(recording.spikes) if spiking else 0
        tally.add(found, np.maximum(wanted, 0) if spiking else wanted, sent)

    def compare(self, over_time: np.ndarray, logits: np.ndarray) -> None:
        """The network's outputs (sample, time, class) and Keras' (sample, class)."""
        self._logits.add(over_time[:, -1], logits)
        classes = over_time.argmax(axis=-1)
        self._same.append(classes[:, -1] == logits.argmax(axis=-1))
        self._settling.append(settling_time(classes == classes[:, -1:], self._dt))

    def result(self) -> BrianVerification:
        """Of all images."""
        same = np.concatenate(self._same)
        layers = {name: tally.report(spiking=name in self._sending) for name, tally in self._layers.items()}
        settling = np.concatenate(self._settling) if self._steps > 1 else None
        return BrianVerification(len(same), float(same.mean()), self._logits.distance, layers, settling)
