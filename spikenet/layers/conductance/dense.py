"""Fully connected conductance neurons."""

from functools import partial

import keras

from spikenet.layers.conductance.layer import ValenceLayer
from spikenet.layers.conductance.operation import Matmul


@keras.saving.register_keras_serializable("spikenet")
class CWADense(ValenceLayer):
    """Conductance-weighted averages of all inputs, eqs. 3 and 5: p (sample, input) to z (sample, unit) in [-1, 1].

        z = (g_rest e_rest + sum of p G over the first half - over the second) / (g_rest + sum of p G)

    Inputs are release probabilities from 0 to 1, an even number of them; `Release` makes such of z. Settings are those
    of `ValenceLayer`. Learning difficult perceptual tasks with Hodgkin-Huxley networks, section 2.3.

    Errors: InvalidValueError for odd inputs and settings out of range.
    """

    def __init__(self, units: int, **settings):
        super().__init__(partial(Matmul, units), **settings)

    def get_config(self) -> dict:
        return super().get_config() | {"units": self.operation.units}
