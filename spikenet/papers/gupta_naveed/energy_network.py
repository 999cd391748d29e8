"""A small energy-based network (Scellier and Bengio 2017): relaxation, the gradient of an objective, Bengio's rule."""

from dataclasses import dataclass

import numpy as np

DT = 0.1  # of a relaxation, in time constants of a neuron
DURATION = 30.0  # of the nudged phase, in time constants


def rate(s: np.ndarray) -> np.ndarray:
    """Return the firing rate at a voltage: a sigmoid from 0 to 1, with a slope of 1 at 0.5."""
    return 1 / (1 + np.exp(-4 * (s - 0.5)))


@dataclass(frozen=True)
class EnergyNetwork:
    """Neurons whose voltages s descend E = s.s/2 - r.W.r/2 - b.r, where r are their rates.

    Parameters
    ----------
    sizes : tuple of int
        Number of input, hidden and output neurons. Voltages of inputs are given; each layer is connected to the next.
    weights : ndarray of float
        Symmetric weights (neuron, neuron), zero where there is no connection.
    biases : ndarray of float
        Biases (neuron,).
    inputs, targets : ndarray of float
        Voltages of the inputs (pattern, input), and those that the outputs should have (pattern, output).
    """

    sizes: tuple[int, int, int]
    weights: np.ndarray
    biases: np.ndarray
    inputs: np.ndarray
    targets: np.ndarray

    @classmethod
    def random(cls, sizes: tuple[int, int, int], patterns: int, rng: np.random.Generator) -> "EnergyNetwork":
        """Return a network with normal weights of variance 1/fan-in, and random patterns."""
        layer = np.repeat(np.arange(3), sizes)
        upper = np.where(layer[None] == layer[:, None] + 1, rng.normal(size=(len(layer),) * 2), 0)
        upper /= np.sqrt(np.array(sizes))[layer][:, None]
        values = rng.uniform(size=(patterns, sizes[0])), rng.uniform(0.2, 0.8, size=(patterns, sizes[2]))
        return cls(sizes, upper + upper.T, rng.normal(0.5, 0.2, size=len(layer)), *values)

    @property
    def connected(self) -> tuple[np.ndarray, np.ndarray]:
        """Neurons that are connected, (connection,) and (connection,), the one nearer to the inputs first."""
        return np.nonzero(np.triu(self.weights))

    def force(self, s: np.ndarray, nudge: float = 0.0, weights: np.ndarray | None = None) -> np.ndarray:
        """Return ds/dt (..., pattern, neuron): -dE/ds, and ``nudge`` times the way of the outputs to their targets.

        ``weights`` (..., neuron, neuron) replace those of the network.
        """
        r = rate(s)
        force = 4 * r * (1 - r) * (r @ (self.weights if weights is None else weights) + self.biases) - s
        force[..., -self.sizes[2] :] += nudge * (self.targets - s[..., -self.sizes[2] :])
        force[..., : self.sizes[0]] = 0
        return force

    def fixed_point(self, weights: np.ndarray | None = None, start: np.ndarray | None = None) -> np.ndarray:
        """Return the voltages at which the free network comes to rest (..., pattern, neuron)."""
        if start is None:
            start = np.full((len(self.inputs), sum(self.sizes)), 0.5)
            start[:, : self.sizes[0]] = self.inputs
        s = start
        for _ in range(4000):
            step = 0.3 * self.force(s, 0.0, weights)
            s = s + step
            if np.abs(step).max() < 1e-13:
                break
        return s

    def objective(self, s: np.ndarray) -> np.ndarray:
        """Return J (...,): half the squared distance of the outputs from their targets, negative, summed."""
        return -0.5 * np.sum((s[..., -self.sizes[2] :] - self.targets) ** 2, axis=(-2, -1))

    def gradient(self, h: float = 1e-4) -> np.ndarray:
        """Return dJ/dW at the free fixed point for each connection, by central finite differences."""
        pre, post = self.connected
        n = len(pre)
        changed = np.repeat(self.weights[None], 2 * n, axis=0)
        for k, sign in enumerate((1, -1)):
            rows = np.arange(n) + k * n
            changed[rows, pre, post] += sign * h
            changed[rows, post, pre] += sign * h
        start = np.repeat(self.fixed_point()[None], 2 * n, axis=0)
        up, down = self.objective(self.fixed_point(changed, start)).reshape(2, n)
        return (up - down) / (2 * h)

    def nudged(self, nudge: float) -> np.ndarray:
        """Return voltages (time, pattern, neuron) from the free fixed point on, as outputs are nudged to targets."""
        path = [self.fixed_point()]
        for _ in range(round(DURATION / DT)):
            path.append(path[-1] + DT * self.force(path[-1], nudge))
        return np.array(path)

    def changes(self, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
        """Return the sum over time and patterns of ``pre`` times the change of ``post``: (direction, connection).

        ``pre`` (time, pattern, neuron) is presynaptic activity in each step, ``post`` (time + 1, pattern, neuron) what
        changes. The first row is for synapses towards the outputs, the second for those towards the inputs.
        """
        directed = np.einsum("tpi,tpj->ij", pre, np.diff(post, axis=0))
        i, j = self.connected
        return np.array([directed[i, j], directed[j, i]])
