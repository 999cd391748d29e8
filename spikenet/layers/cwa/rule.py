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
        conductances = ops.exp(g)
        mean = ops.stop_gradient(ops.mean(conductances))
        return mean, conductances - mean

    def start(self, offset):
        return self.constraint(ops.log(ops.maximum(1 + offset, math.exp(self.constraint.least))))


RULES: Mapping[str, Rule] = MappingProxyType(
    {"rectified": Rectified(), "projected": Projected(), "exponential": Exponential()}
)


def check_rule(name: str) -> None:
    """Errors: InvalidValueError for a rule that there is not."""
    if name not in tuple(RULES):
        raise InvalidValueError(f"rule is {name!r}, wanted one of {', '.join(RULES)}")
