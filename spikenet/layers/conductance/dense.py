"""Fully connected conductance neurons."""

from functools import partial

import keras

from spikenet.layers.conductance.layer import ValenceLayer
from spikenet.layers.conductance.operation import Matmul


@keras.saving.register_keras_serializable("spikenet")
class CWADense(ValenceLayer):
    """Fully connected neurons with conductance-weighted averaging (CWA).

    Each unit rests at the mean of the potentials +1, -1 and ``e_rest``, weighted by conductances::

        E = sum of p_i G_i over the first half of the inputs     (excitatory)
        I = sum of p_i G_i over the second half                  (inhibitory)
        z = (g_rest e_rest + E - I) / (g_rest + E + I)

    Inputs p (sample, ..., input) are release probabilities from 0 to 1, an even number of them; `Release` makes them
    from z. Outputs z (sample, ..., unit) are potentials in [-1, 1], scaled so that the excitatory reversal potential
    is +1 and the inhibitory one -1. Conductances have no unit: they are relative to the scale of ``g_rest``.

    Parameters
    ----------
    units : int
        Number of neurons, at least 1.
    g_rest : float
        Resting conductance, above 0.
    e_rest : float
        Potential without input, from -1 to 1.
    rule : str
        Makes the conductances G from the trained weights g: "rectified", "projected", "exponential" or "scaled".
        `ValenceLayer` has the formulas.
    initializer : str or keras.initializers.Initializer
        Draws the initial G - 1, whatever the rule; see `SparseConductance` and `LogNormalConductance`.
    **settings
        Those of any Keras layer.

    Raises
    ------
    InvalidValueError
        If a setting is out of range, or, when the layer is built, if the number of inputs is odd.

    References
    ----------
    "Learning difficult perceptual tasks with Hodgkin-Huxley networks", section 2.3, eqs. 3 and 5.

    Examples
    --------
    >>> import numpy as np
    >>> from spikenet.layers import CWADense
    >>> layer = CWADense(3, initializer="zeros")  # all conductances are 1
    >>> np.asarray(layer(np.array([[1.0, 0.0]], "float32"))).tolist()  # (1 - 0) / (1 + 1 + 0)
    [[0.5, 0.5, 0.5]]
    """

    def __init__(self, units: int, **settings):
        super().__init__(partial(Matmul, units), **settings)

    def get_config(self) -> dict:
        return super().get_config() | {"units": self.operation.units}
