"""Rules that make conductances from trained weights."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import MappingProxyType

import keras
from keras import ops


@keras.saving.register_keras_serializable("spikenet", name="Within")  # the name in files of before 0.2
class WeightRange(keras.constraints.Constraint):
    """A constraint that clips weights to [least, most] after each step of the optimizer."""

    def __init__(self, least: float, most: float = math.inf):
        self.least, self.most = least, most

    def __call__(self, weights):
        return ops.clip(weights, self.least, self.most)

    def get_config(self) -> dict:
        return {"least": self.least, "most": self.most}


class Rule(ABC):
    """Make conductances G from trained weights g, and initial weights from initial conductances.

    ``offsets`` is True if the weights are G - 1; all of them may be smaller than the rounding of G.
    """

    constraint: WeightRange | None = None
    offsets = True

    @abstractmethod
    def conductance(self, g):
        """Return G, none negative while g keeps to the constraint."""

    @abstractmethod
    def parted(self, g):
        """Return a part that all conductances (or those of a unit) have in common, and the small rest of each."""

    def drive(self, g, add: Callable, ones: Callable | None = None, late: bool = False):
        """Return ``add(G)``, where ``add(kernel)`` sums the inputs times a kernel.

        ``ones()`` returns the sum of the inputs. It is given where ``add`` has few digits: then the common part of the
        conductances is summed separately. The two sums may cancel, so negative rounding errors are set to 0. With
        ``late``, a factor common to a unit is applied after the sum, because there are fewer sums than weights.
        """
        if ones is None:
            return add(self.conductance(g))
        common, rest = self.parted(g)
        return ops.maximum(common * ones() + add(rest), 0.0)

    @abstractmethod
    def start(self, offset):
        """Return the weights of the initial conductances, given G - 1."""

    def times(self, g, factor):
        """Return the weights of conductances ``factor`` (unit,) times as large, within the constraint."""
        return self.start(self.conductance(g) * factor - 1)


class Rectified(Rule):
    """G = max(0, 1 + g), the paper's rule: a closed channel has no gradient and stays closed."""

    def conductance(self, g):
        return 1 + ops.maximum(g, -1.0)

    def parted(self, g):
        return 1.0, ops.maximum(g, -1.0)

    def start(self, offset):
        return offset


class Projected(Rule):
    """G = 1 + g with g clipped to at least -1 after each step: cheaper, and closed channels can open again."""

    constraint = WeightRange(-1.0)

    def conductance(self, g):
        return 1 + g

    def parted(self, g):
        return 1.0, g

    def start(self, offset):
        return self.constraint(offset)


class Exponential(Rule):
    """G = exp(g): a step of the optimizer changes each conductance by a fraction of itself, and none closes."""

    constraint = WeightRange(-9.0, 9.0)  # conductances from 1e-4 to 8,000
    offsets = False

    def conductance(self, g):
        return ops.exp(g)

    def parted(self, g):
        conductances = ops.exp(g)
        mean = ops.stop_gradient(ops.mean(conductances))
        return mean, conductances - mean

    def start(self, offset):
        return self.constraint(ops.log(_opened(offset)))

    def times(self, g, factor):
        return self.constraint(g + ops.log(factor))


class Scaled(Rule):
    """G = exp(g) / mean(exp(g))^0.9, with the mean over the inputs of a unit, as in synaptic scaling.

    A change that all inputs of a unit have in common counts for a tenth. Inputs are never negative, so the gradients
    of a unit's weights mostly have one sign; without scaling, steps would mainly move the potential up and down.
    """

    constraint = WeightRange(-80.0, 80.0)  # float32 has exp of no more, and of no less with all its digits
    offsets = False
    common = 0.1
    means = (-7.0, 7.0)  # logarithms of the first mean conductances, which leave the weights room on either side

    def conductance(self, g):
        factor, shares = self._parts(g)
        return factor * shares

    def parted(self, g):
        factor, shares = self._parts(g)
        return factor, factor * (shares - 1)

    def drive(self, g, add, ones=None, late=False):
        if not late:
            return super().drive(g, add, ones)
        factor, shares = self._parts(g)
        return factor * (add(shares) if ones is None else ops.maximum(ones() + add(shares - 1), 0.0))

    def _parts(self, g):
        """Return mean(exp(g))^0.1 of each unit (unit,), and exp(g) / mean(exp(g)), the factors of G."""
        logarithm, shares = _shares(g)
        # The gradient of `shares` takes the mean as constant, so the factor has the mean's: value 0, derivative -1.
        factor = ops.exp(self.common * logarithm + (ops.stop_gradient(logarithm) - logarithm))
        return ops.cast(factor, g.dtype), ops.cast(shares, g.dtype)

    def start(self, offset):
        conductances = _opened(offset)
        mean = ops.log(ops.mean(conductances, axis=tuple(range(len(offset.shape) - 1)), keepdims=True))
        common = ops.clip(mean, *self.means) / self.common
        return self.constraint(ops.log(conductances) - mean + common)

    def times(self, g, factor):
        inputs, room = tuple(range(len(g.shape) - 1)), self.constraint
        moved = ops.log(factor) / self.common  # all inputs alike, so that each keeps its share
        return g + ops.clip(moved, room.least - ops.min(g, inputs), room.most - ops.max(g, inputs))


def _shares(g):
    """Return log(mean(exp(g))) over the inputs of each unit (unit,), and exp(g) / mean(exp(g)).

    The gradient of the second takes the mean as constant. Written by hand, the gradient needs one pass over the
    weights. Computed in float32 at least, since exp(g) exceeds the range of float16.
    """
    inputs, wide = math.prod(g.shape[:-1]), keras.backend.result_type(g.dtype, "float32")

    @ops.custom_gradient
    def shares(g):
        grown = ops.exp(g)
        mean = ops.matmul(ops.full((inputs,), 1 / inputs, g.dtype), grown)  # four times as fast as ops.mean
        share = grown / mean

        def backward(*upstream):
            by_logarithm, by_share = upstream if len(upstream) > 1 else upstream[0]  # as the backend has it
            return share * (by_share + by_logarithm / inputs)

        return (ops.log(mean), share), backward

    logarithm, share = shares(ops.cast(ops.reshape(g, (inputs, g.shape[-1])), wide))
    return logarithm, ops.reshape(share, g.shape)


def _opened(offset):
    """Return conductances that are large enough for a logarithm."""
    return ops.maximum(1 + offset, math.exp(Exponential.constraint.least))


RULES: Mapping[str, Rule] = MappingProxyType(
    {"rectified": Rectified(), "projected": Projected(), "exponential": Exponential(), "scaled": Scaled()}
)
