"""How conductances start: most closed and a few wide open, or spread over decades."""

import math
import random
from numbers import Real

import keras
from keras import ops

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance.rule import RULES


@keras.saving.register_keras_serializable("spikenet")
class SparseConductance(keras.initializers.Initializer):
    """Offsets g = G - 1 of conductances of which the share ``open`` is drawn evenly from 0 to ``2 / open``.

    The others are closed. The mean conductance is 1, as with the paper's initialisation, and the fewer are open, the
    more an average over them tells. Errors: InvalidValueError.
    """

    def __init__(self, open: float = 0.1, seed: int | None = None):
        if not (isinstance(open, Real) and 0 < open <= 1):
            raise InvalidValueError(f"the open share is {open!r}, wanted more than 0 and at most 1")
        self.open = open
        self.seed = _any_seed() if seed is None else seed

    def __call__(self, shape, dtype=None):
        chosen = keras.random.uniform(shape, 0, 1, dtype="float32", seed=self.seed)
        # Given that it is below `open`, chosen / open is even from 0 to 1 again.
        conductances = ops.where(chosen < self.open, chosen * (2 / self.open**2), 0.0)
        return ops.cast(conductances - 1, dtype or keras.config.floatx())

    def get_config(self) -> dict:
        return {"open": self.open, "seed": self.seed}


@keras.saving.register_keras_serializable("spikenet")
class LogNormalConductance(keras.initializers.Initializer):
    """Offsets g = G - 1 of conductances whose logarithms are normal, with the standard deviation ``spread``.

    ``mean`` is that of many: e^(spread^2) draws and more, so that spreads from 4 on are refused. Far below 1, the
    resting conductance outweighs them all. Synapses of the cortex are spread like that: Buzsaki and Mizuseki, "The
    log-dynamic brain", Nature Reviews Neuroscience 15, 264 (2014). Errors: InvalidValueError.
    """

    def __init__(self, spread: float = 2.0, seed: int | None = None, mean: float = 1.0):
        if not (isinstance(spread, Real) and 0 < spread < 4):
            raise InvalidValueError(f"the spread is {spread!r}, wanted more than 0 and less than 4")
        if not (isinstance(mean, Real) and 0 < mean < math.inf):
            raise InvalidValueError(f"the mean conductance is {mean!r}, wanted a number above 0")
        self.spread, self.mean = spread, mean
        self.seed = _any_seed() if seed is None else seed

    def __call__(self, shape, dtype=None):
        middle = math.log(self.mean) - self.spread**2 / 2
        logarithms = keras.random.normal(shape, middle, self.spread, dtype="float32", seed=self.seed)
        return ops.cast(ops.expm1(logarithms), dtype or keras.config.floatx())

    def get_config(self) -> dict:
        return {"spread": self.spread, "seed": self.seed, "mean": self.mean}


@keras.saving.register_keras_serializable("spikenet", name="Part")  # the name in files of before 0.2
class KernelPart(keras.initializers.Initializer):
    """The weights of some inputs of a kernel that ``initializer`` makes whole: from ``start`` on, along the last axis
    but one.

    The parts of one kernel are drawn together: an initialiser gives the same numbers each time it is called. ``rule``
    makes weights of the offsets.
    """

    def __init__(self, initializer, inputs: int, start: int, rule: str = "rectified"):
        self.initializer = keras.initializers.get(initializer)
        self.inputs, self.start, self.rule = inputs, start, rule

    def __call__(self, shape, dtype=None):
        whole = self.initializer((*shape[:-2], self.inputs, shape[-1]), dtype=dtype)
        return RULES[self.rule].start(whole[..., self.start : self.start + shape[-2], :])

    def get_config(self) -> dict:
        stored = keras.initializers.serialize(self.initializer)
        return {"initializer": stored, "inputs": self.inputs, "start": self.start, "rule": self.rule}


def _any_seed() -> int:
    """From Python's generator, which `keras.utils.set_random_seed` seeds, as Keras' own initialisers have it."""
    return random.randint(1, 10**9)
