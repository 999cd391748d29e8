"""Which activations spiking neurons can stand in for, and how."""

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.functions import sides_of
from spikenet.hybrid.activations.spiking_activation import SpikingActivation
from spikenet.neurons import SoftResetIF

L = keras.layers
Z = np.linspace(-4, 9, 53, dtype="float32")[None]
PRELU = L.PReLU(alpha_initializer="random_normal")


@pytest.mark.parametrize(
    "layer",
    [
        L.ReLU(),
        L.ReLU(max_value=2.5),
        L.ReLU(negative_slope=0.3),
        L.LeakyReLU(0.2),
        PRELU,
        *map(L.Activation, ("relu", "relu6", "leaky_relu", "hard_sigmoid")),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_sides_add_up_to_the_activation(layer):
    wanted = keras.ops.convert_to_numpy(layer(Z))
    sides, ceiling = sides_of(layer, "one")
    activation = SpikingActivation(SoftResetIF, sides, Z.shape[1:], ceiling)
    found = sum(side.weight * one for side, one in zip(sides, activation.activity(Z), strict=True))
    assert np.allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("layer", [L.ReLU(threshold=1.0), L.ReLU(max_value=1.0, negative_slope=0.1), L.ELU()])
def test_other_functions_are_refused(layer):
    with pytest.raises(InvalidValueError, match="one has the activation .*no rule with spikes"):
        sides_of(layer, "one")
