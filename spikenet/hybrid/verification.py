"""Distances between a network with neurons and the Keras network that it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Distance:
    """Largest and root-mean-square distance.

    Attributes
    ----------
    largest, rms : float
        Both distances, in the unit of what is compared.
    """

    largest: float
    rms: float

    def __str__(self) -> str:
        return f"{self.rms:.2g} rms, at most {self.largest:.2g}"


@dataclass(frozen=True, eq=False)
class LayerDistance:
    """Distance of one layer of neurons from the Keras layer.

    Attributes
    ----------
    distance : Distance
        Over all images and units.
    unit_largest, unit_rms : ndarray, (unit,)
        Over all images.
    spikes : float or None
        Mean number of spikes of a neuron in a simulation; None where spikes are not counted.
    silent : float or None
        Share of the neurons that spike for none of the images.
    saturated : float or None
        Share of the neurons and images with a spike in every step.
    """

    distance: Distance
    unit_largest: np.ndarray = field(repr=False)
    unit_rms: np.ndarray = field(repr=False)
    spikes: float | None = None
    silent: float | None = None
    saturated: float | None = None

    def __str__(self) -> str:
        spikes = "" if self.spikes is None else f"; {self.spikes:.3g} spikes a neuron"
        if self.silent is not None:
            spikes += f", {self.silent:.1%} silent, {self.saturated:.1%} saturated"
        return f"{self.distance} (unit {self.unit_largest.argmax()}){spikes}"


@dataclass(frozen=True, eq=False)
class Verification:
    """Comparison of a network with neurons and its Keras network, layer by layer.

    Attributes
    ----------
    images : int
        Number of images.
    same_class : float
        Share of the images, from 0 to 1, that both networks give the same class.
    logits : Distance
        Distance of the logits.
    layers : mapping of str to LayerDistance
        By the layer's name: of potentials z where neurons are graded, of spikes a step from the release probability p
        where they spike, of mean potentials of dendrites; of a `Hybrid`, of the calibrated answer from the activation.
    settling : ndarray, (image,), or None
        Time in s from which on the class stays the same; None where the read-out takes a single value.
    same_class_over_time : ndarray, (time,), or None
        Share of the images with the class of Keras if the run ended after each step.
    synaptic_operations, multiply_adds : float or None
        Of an image: spikes times the synapses that they reach, and products in Keras. Of networks without conductance
        layers.
    """

    images: int
    same_class: float
    logits: Distance
    layers: Mapping[str, LayerDistance]
    settling: np.ndarray | None = field(default=None, repr=False)
    same_class_over_time: np.ndarray | None = field(default=None, repr=False)
    synaptic_operations: float | None = None
    multiply_adds: float | None = None

    def __str__(self) -> str:
        lines = [f"{self.images} images: same class for {self.same_class:.2%}; logits: {self.logits}"]
        lines += [f"  {name}: {layer}" for name, layer in self.layers.items()]
        if self.settling is not None:
            median, latest = 1e3 * np.median(self.settling), 1e3 * self.settling.max()
            lines.append(f"  the class stays the same from {median:.3g} ms on (median), {latest:.3g} ms at the latest")
        if self.multiply_adds:
            ratio = self.synaptic_operations / self.multiply_adds
            lines.append(
                f"  {self.synaptic_operations:.3g} synaptic operations an image, {ratio:.2g} times the "
                f"{self.multiply_adds:.3g} multiply-adds of Keras"
            )
        return "\n".join(lines)


def settling_time(holds: np.ndarray, dt: float) -> np.ndarray:
    """Return the time in s from which on a condition holds to the end, (sample,); infinite if it fails at the end.

    ``holds`` (sample, time) says whether it holds at the end of each step of ``dt`` s.
    """
    steps = holds.shape[1]
    last_failure = np.where(holds.all(axis=1), 0, steps - np.argmin(holds[:, ::-1], axis=1))
    return np.where(last_failure < steps, (last_failure + 1) * dt, np.inf)


class Tally:
    """Distances, added up piece by piece."""

    def __init__(self):
        self.largest, self.squares, self.values, self.spikes = 0.0, 0.0, 0, None
        self.unit_largest, self.unit_squares, self.samples = 0.0, 0.0, 0
        self.most, self.full, self.counted = 0.0, 0, 0

    def add(self, found: np.ndarray, wanted: np.ndarray, spikes: int | None = None) -> None:
        """Add a piece: arrays (sample, unit), and the number of spikes of all of them."""
        distance = np.abs(found.astype(float) - wanted)
        squares = distance**2
        self.largest = max(self.largest, float(distance.max()))
        self.squares += float(squares.sum())
        self.values += distance.size
        self.unit_largest = np.maximum(self.unit_largest, distance.max(axis=0))
        self.unit_squares = self.unit_squares + squares.sum(axis=0)
        self.samples += len(distance)
        if spikes is not None:
            self.spikes = (self.spikes or 0) + spikes

    def add_rates(self, rates: np.ndarray) -> None:
        """Add spikes a step of a piece, (sample, neuron)."""
        self.most = np.maximum(self.most, rates.max(axis=0))
        self.full += int(np.count_nonzero(rates > 1 - 1e-6))
        self.counted += rates.size

    @property
    def distance(self) -> Distance:
        return Distance(self.largest, (self.squares / self.values) ** 0.5)

    def result(self) -> LayerDistance:
        """Return the distance of all pieces."""
        spikes = None if self.spikes is None else self.spikes / self.values
        silent, full = (np.mean(self.most == 0), self.full / self.counted) if self.counted else (None, None)
        rms = (self.unit_squares / self.samples) ** 0.5
        return LayerDistance(
            self.distance, self.unit_largest, rms, spikes, None if silent is None else float(silent), full
        )


class Comparison:
    """Adds up the distances of layers and logits, piece by piece; ``sample_dt`` is the time between logits in s."""

    def __init__(self, sample_dt: float):
        self._sample_dt = sample_dt
        self._layers: dict[str, Tally] = {}
        self._logits = Tally()
        self._same: list[np.ndarray] = []
        self._settling: list[np.ndarray] = []
        self._over_time = False

    def add_layer(self, name: str, found: np.ndarray, wanted: np.ndarray, spikes: int | None = None) -> None:
        """Add values of a layer's neurons and those of Keras, (sample, unit), and the number of spikes."""
        self._layers.setdefault(name, Tally()).add(found, wanted, spikes)

    def add_rates(self, name: str, rates: np.ndarray) -> None:
        """Add spikes a step of a layer's neurons, (sample, neuron)."""
        self._layers.setdefault(name, Tally()).add_rates(rates)

    def add_logits(self, found: np.ndarray, wanted: np.ndarray) -> None:
        """Add the network's logits (sample, time, class) and those of Keras (sample, class)."""
        self._logits.add(found[:, -1], wanted)
        classes = found.argmax(axis=-1)
        self._same.append(classes == wanted.argmax(axis=-1)[:, None])
        self._settling.append(settling_time(classes == classes[:, -1:], self._sample_dt))
        self._over_time = found.shape[1] > 1

    def result(self, operations: tuple[float, float] | None = None) -> Verification:
        """Return the comparison of all pieces, with synaptic operations and multiply-adds if they were counted."""
        over_time = np.concatenate(self._same)
        same = over_time[:, -1]
        layers = {name: tally.result() for name, tally in self._layers.items()}
        settling = np.concatenate(self._settling) if self._over_time else None
        shares = over_time.mean(axis=0) if self._over_time else None
        found = len(same), float(same.mean()), self._logits.distance, layers, settling, shares
        return Verification(*found, *(operations or (None, None)))
