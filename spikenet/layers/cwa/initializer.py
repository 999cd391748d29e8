"""How conductances start: most closed, a few wide open."""

from numbers import Real

import keras
from keras import ops

from spikenet.errors import InvalidValueError


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
        self.seed = keras.random.make_default_seed() if seed is None else seed

    def __call__(self, shape, dtype=None):
        chosen = keras.random.uniform(shape, 0, 1, dtype="float32", seed=self.seed)
        # Given that it is below `open`, chosen / open is even from 0 to 1 again.
        conductances = ops.where(chosen < self.open, chosen * (2 / self.open**2), 0.0)
        return ops.cast(conductances - 1, dtype or keras.config.floatx())

    def get_config(self) -> dict:
        return {"open": self.open, "seed": self.seed}


@keras.saving.register_keras_serializable("spikenet")
class Part(keras.initializers.Initializer):
    """Some of the inputs of a kernel that ``initializer`` makes whole: from ``start`` on, along the last axis but one.

    The parts of one kernel are drawn together: an initialiser gives the same numbers each time it is called. What is
    below ``least`` is put there.
    """

    def __init__(self, initializer, inputs: int, start: int, least: float | None = None):
        self.initializer = keras.initializers.get(initializer)
        self.inputs, self.start, self.least = inputs, start, least

    def __call__(self, shape, dtype=None):
        whole = self.initializer((*shape[:-2], self.inputs, shape[-1]), dtype=dtype)
        part = whole[..., self.start : self.start + shape[-2], :]
        return part if self.least is None else ops.maximum(part, self.least)

    def get_config(self) -> dict:
        stored = keras.initializers.serialize(self.initializer)
        return {"initializer": stored, "inputs": self.inputs, "start": self.start, "least": self.least}
