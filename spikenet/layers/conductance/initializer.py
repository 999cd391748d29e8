"""Initial conductances: most closed and a few wide open, or spread over decades."""

import math
import random

import keras
from keras import ops

from spikenet.layers.conductance.rule import RULES
from spikenet.layers.fixed_settings import FixedSettings
from spikenet.validate import check_positive, check_share


@keras.saving.register_keras_serializable("spikenet")
class SparseConductance(FixedSettings, keras.initializers.Initializer):
    """Initial conductances of which few are open.

    A fraction ``open`` of the conductances G is uniform between 0 and 2 / open; the others are 0. Their mean is 1, as
    with the paper's initialisation. The fewer are open, the more do averages over them differ. A call returns G - 1,
    as conductance layers want it.

    Parameters
    ----------
    open : float
        Fraction of open conductances, above 0 and at most 1.
    seed : int, optional
        If left out, it comes from Python's generator, which `keras.utils.set_random_seed` sets.

    Raises
    ------
    InvalidValueError
        If ``open`` is out of range.
    """

    def __init__(self, open: float = 0.1, seed: int | None = None):
        check_share(open, "open", zero=False)
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
class LogNormalConductance(FixedSettings, keras.initializers.Initializer):
    """Initial conductances with a log-normal distribution, as cortical synapses have.

    log G is normal with mean log(mean) - spread^2 / 2 and standard deviation ``spread``. A call returns G - 1, as
    conductance layers want it.

    Parameters
    ----------
    spread : float
        Standard deviation of log G, above 0 and below 4. About e^(spread^2) draws are needed to come near the mean.
    seed : int, optional
        If left out, it comes from Python's generator, which `keras.utils.set_random_seed` sets.
    mean : float
        Expected G, above 0. If it is far below 1, the resting conductance outweighs all inputs.

    Raises
    ------
    InvalidValueError
        If ``spread`` or ``mean`` is out of range.

    References
    ----------
    Buzsaki and Mizuseki (2014), "The log-dynamic brain", Nature Reviews Neuroscience 15:264.
    """

    def __init__(self, spread: float = 2.0, seed: int | None = None, mean: float = 1.0):
        self.spread = check_positive(spread, "the spread", below=4)
        self.mean = check_positive(mean, "the mean conductance")
        self.seed = _any_seed() if seed is None else seed

    def __call__(self, shape, dtype=None):
        middle = math.log(self.mean) - self.spread**2 / 2
        logarithms = keras.random.normal(shape, middle, self.spread, dtype="float32", seed=self.seed)
        return ops.cast(ops.expm1(logarithms), dtype or keras.config.floatx())

    def get_config(self) -> dict:
        return {"spread": self.spread, "seed": self.seed, "mean": self.mean}


@keras.saving.register_keras_serializable("spikenet", name="Part")  # the name in files of before 0.2
class KernelPart(keras.initializers.Initializer):
    """Initial weights of some inputs of a kernel: those from ``start`` on, along the last axis but one.

    ``initializer`` draws the kernel of all ``inputs``, with the same numbers at each call, so that the parts of one
    kernel belong together. ``rule`` turns G - 1 into weights.
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
    """Draw a seed from Python's generator, which `keras.utils.set_random_seed` sets, as Keras' own initialisers do."""
    return random.randint(1, 10**9)
