"""How conductances are made of the weights that are trained."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType

import keras
from keras import ops

from spikenet.errors import InvalidValueError


@keras.saving.register_keras_serializable("spikenet")
class Within(keras.constraints.Constraint):
    """Weights are put back between ``least`` and ``most`` after each step of the optimizer."""

    def __init__(self, least: float, most: float = math.inf):
        self.least, self.most = least, most

    def __call__(self, weights):
        return ops.clip(weights, self.least, self.most)

    def get_config(self) -> dict:
        return {"least": self.least, "most": self.most}


class Rule(ABC):
    """Weights g to conductances G, and first offsets G - 1 to first weights.

    ``offsets`` says that the weights are G - 1, all of which may lie below the last digit of G.
    """

    constraint: Within | None = None
    offsets = True

    @abstractmethod
    def conductance(self, g):
        """G, none negative while g keeps to the constraint."""

    @abstractmethod
    def parted(self, g):
        """What all conductances have in common, and the rest of each: the rest has few digits to lose."""

    @abstractmethod
    def start(self, offset):
        """The weights of the first conductances."""


class Rectified(Rule):
    """The paper's: a channel that is closed has no gradient, and stays so."""

    def conductance(self, g):
        return 1 + ops.maximum(g, -1.0)

    def parted(self, g):
        return 1.0, ops.maximum(g, -1.0)

    def start(self, offset):
        return offset


class Projected(Rule):
    """Cheaper, and closed channels can open again."""

    constraint = Within(-1.0)

    def conductance(self, g):
        return 1 + g

    def parted(self, g):
        return 1.0, g

    def start(self, offset):
        return self.constraint(offset)


class Exponential(Rule):
    """Weights are logarithms: a step of the optimizer changes all conductances by like shares, and none closes."""

    constraint = Within(-9.0, 9.0)  # conductances from 1e-4 to 8,000
    offsets = False

    def conductance(self, g):
        return ops.exp(g)

    def parted(self, g):
        return _about_their_mean(ops.exp(g))

    def start(self, offset):
        return self.constraint(ops.log(_opened(offset)))


class Scaled(Rule):
    """Logarithms, and what all inputs of a unit do alike counts for a tenth: synapses that scale each other.

    G = exp(g) / mean(exp(g))^0.9, the mean over the inputs of a unit. Inputs are never negative, so steps of the
    optimizer agree over them, and move a potential to and fro while they tell little.
    """

    constraint = Within(-100.0, 100.0)
    offsets = False
    common = 0.1

    def conductance(self, g):
        inputs = tuple(range(len(g.shape) - 1))
        top = ops.stop_gradient(ops.max(g, axis=inputs, keepdims=True))
        shares = ops.exp(g - top)
        mean = ops.mean(shares, axis=inputs, keepdims=True)
        return shares * ops.exp(self.common * top - (1 - self.common) * ops.log(mean))

    def parted(self, g):
        return _about_their_mean(self.conductance(g))

    def start(self, offset):
        conductances = _opened(offset)
        mean = ops.mean(conductances, axis=tuple(range(len(offset.shape) - 1)), keepdims=True)
        return self.constraint(ops.log(conductances) + (1 / self.common - 1) * ops.log(mean))


def _opened(offset):
    """Conductances of which none is closed, as a logarithm would have it."""
    return ops.maximum(1 + offset, math.exp(Exponential.constraint.least))


def _about_their_mean(conductances):
    mean = ops.stop_gradient(ops.mean(conductances))
    return mean, conductances - mean


RULES: Mapping[str, Rule] = MappingProxyType(
    {"rectified": Rectified(), "projected": Projected(), "exponential": Exponential(), "scaled": Scaled()}
)


def check_rule(name: str) -> None:
    """Errors: InvalidValueError for a rule that there is not."""
    if name not in tuple(RULES):
        raise InvalidValueError(f"rule is {name!r}, wanted one of {', '.join(RULES)}")
