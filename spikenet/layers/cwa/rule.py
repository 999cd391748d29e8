"""How conductances are made of the weights that are trained."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Rule:
    """Weights g to conductances G, and first offsets G - 1 to first weights.

    ``near_one`` says that weights are offsets, G - 1: all that they have to say may lie below the last digit of G.
    """

    constraint: Within | None = None
    near_one: bool = True

    def offset(self, g):
        return g

    def conductance(self, g):
        return 1 + self.offset(g)

    def start(self, offset):
        """The weights of the first conductances."""
        return offset


class Rectified(Rule):
    """The paper's: a channel that is closed has no gradient, and stays so."""

    def offset(self, g):
        return ops.maximum(g, -1.0)


class Projected(Rule):
    """Cheaper, and closed channels can open again."""

    def start(self, offset):
        return ops.maximum(offset, -1.0)


class Exponential(Rule):
    """Weights are logarithms: a step of the optimizer changes all conductances by like shares, and none closes."""

    def offset(self, g):
        return ops.expm1(g)

    def conductance(self, g):
        return ops.exp(g)

    def start(self, offset):
        return ops.log(ops.maximum(1 + offset, math.exp(self.constraint.least)))


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "rectified": Rectified(),
        "projected": Projected(Within(-1.0)),
        "exponential": Exponential(Within(-9.0, 9.0), near_one=False),  # conductances from 1e-4 to 8,000
    }
)


def check_rule(name: str) -> None:
    """Errors: InvalidValueError for a rule that there is not."""
    if name not in RULES:
        raise InvalidValueError(f"rule is {name!r}, wanted one of {', '.join(RULES)}")
