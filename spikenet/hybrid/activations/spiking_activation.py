"""Spiking neurons in the place of an activation function: what drives them, and what their spikes stand for."""

import math
from dataclasses import dataclass, replace

import numpy as np

from spikenet.neurons import NeuronModel, Parameter


@dataclass(frozen=True)
class RateLine:
    """A straight line through an f-I curve: for a rate of ``r`` spikes a step the drive is ``offset + scale * r``.

    Both are in SI units. The line is near the curve for rates up to ``most``.
    """

    scale: float = 1.0
    offset: float = 0.0
    most: float = 1.0


@dataclass(frozen=True, eq=False)
class Side:
    """Neurons for one side of an activation, such as the negative one of a leaky ReLU.

    Their activity is ``relu(gain * z + offset)`` for the pre-activation z. The activation is the sum over all sides of
    ``weight`` times the activity.
    """

    gain: float = 1.0
    offset: float = 0.0
    weight: float | np.ndarray = 1.0


@dataclass(frozen=True, eq=False)
class SpikingActivation:
    """Neurons that send spikes in the place of an activation function.

    Attributes
    ----------
    neuron : NeuronModel
    sides : tuple of Side
        ReLU has one, leaky ReLU two; each has a neuron for every unit.
    shape : tuple of int
        Of the pre-activations of one image.
    ceiling : float
        Largest activity, such as 6 for ReLU6.
    threshold : ndarray, (side, channel)
        Activity for which a neuron sends a spike in every step; a spike of a step stands for it.
    bias : ndarray, (side, channel)
        Correction that is added to what drives the neurons, in units of the activity.
    start : ndarray, (side, unit), or None
        Potential v at the start; None for neurons that start as their model says.
    curve : RateLine
        The straight line through the f-I curve of the neurons.
    """

    neuron: NeuronModel
    sides: tuple[Side, ...]
    shape: tuple[int, ...]
    ceiling: float = math.inf
    threshold: np.ndarray | None = None
    bias: np.ndarray | None = None
    start: np.ndarray | None = None
    curve: RateLine = RateLine()

    @property
    def size(self) -> int:
        """Number of neurons of all sides."""
        return len(self.sides) * math.prod(self.shape)

    def activity(self, z: np.ndarray) -> np.ndarray:
        """Return what the neurons of each side stand for, (side, sample, ...), for pre-activations (sample, ...)."""
        return np.stack([np.clip(side.gain * z + side.offset, 0, self.ceiling) for side in self.sides])

    def drive(self, z: np.ndarray) -> np.ndarray:
        """Return the drive of all neurons, one side after the other, (sample, neuron)."""
        parts = []
        for side, threshold, bias in zip(self.sides, self.threshold, self.bias, strict=True):
            factor = self.curve.scale * side.gain / threshold
            shift = self.curve.scale * (side.offset + bias) / threshold + self.curve.offset
            parts.append((z * factor.astype(z.dtype) + shift.astype(z.dtype)).reshape(len(z), -1))
        return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    def values(self, spikes: np.ndarray) -> np.ndarray:
        """Return the activations (..., unit) that spikes of a step (..., neuron), or their means, stand for."""
        parts = np.split(spikes, len(self.sides), axis=-1)
        found = [part * self._worth(k).astype(spikes.dtype) for k, part in enumerate(parts)]
        return sum(found[1:], start=found[0])

    def activities(self, spikes: np.ndarray) -> np.ndarray:
        """Return the activity of each neuron (side, ..., unit) for spikes of a step (..., neuron), or their means."""
        parts = np.split(spikes, len(self.sides), axis=-1)
        each = [np.broadcast_to(one, self.shape).reshape(-1) for one in self.threshold]
        return np.stack([part * one for part, one in zip(parts, each, strict=True)])

    def _worth(self, side: int) -> np.ndarray:
        """Return what a spike of each neuron of a side stands for, (unit,)."""
        return np.broadcast_to(self.sides[side].weight * self.threshold[side], self.shape).reshape(-1)

    def starting(self, wait: float = 0.0) -> NeuronModel:
        """Return the neurons with their potentials at the start, which may spike after ``wait`` s.

        The variable ``sent`` counts their spikes.
        """
        neuron = self.neuron if self.start is None else self.neuron.with_initial(v=self.start.reshape(-1))
        parameters, threshold = dict(neuron.parameters), neuron.threshold
        if wait:
            parameters["t_wait"] = Parameter.of(f"{wait!r} s", "t_wait")
            threshold = f"({threshold}) and t > t_wait - dt/2"
        return replace(
            neuron,
            equations=f"{neuron.equations}\nsent : 1",
            outputs=(*neuron.outputs, "sent"),
            threshold=threshold,
            reset="\n".join([*filter(None, [neuron.reset]), "sent += 1"]),
            parameters=parameters,
        )
