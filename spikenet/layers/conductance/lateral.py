"""Lateral inhibition of a layer by interneurons. Section 4.4 of the paper."""

import keras
import numpy as np
from keras import ops

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance.initializer import KernelPart
from spikenet.layers.conductance.layer import ConductanceLayer
from spikenet.layers.conductance.operation import Matmul
from spikenet.layers.conductance.rule import RULES
from spikenet.validate import check_choice, check_whole


@keras.saving.register_keras_serializable("spikenet")
class LateralInhibition(ConductanceLayer):
    """A dense layer of conductance neurons that interneurons inhibit, iterated a few times.

    Step 0 is the layer alone: E and I (sample, unit) are its excitatory and inhibitory conductances. Each step::

        z = (g_rest e_rest + E - J) / (g_rest + E + J)           J = I in step 0
        q = release of the interneurons that average max(z, 0)   half of the units excite them, half inhibit them
        J = I + q G_onto                                         for the next step

    The weights ``g_from`` (unit, interneuron) and ``g_onto`` (interneuron, unit) become conductances by ``rule``.
    G_onto starts at 1 / interneurons, so that all interneurons together count about as much as ``g_rest``.

    Parameters
    ----------
    layer : CWADense or AbsNormDense
        With an even number of units.
    interneurons : int
        Number of inhibitory neurons, at least 1.
    steps : int
        Number of steps after step 0, at least 1.
    initializer : str or keras.initializers.Initializer
        Draws the initial conductances of the interneurons, less 1.
    rule : str
        As in `ValenceLayer`.

    Raises
    ------
    InvalidValueError
        If a count is below 1, the layer is not dense or has an odd number of units, or the rule is unknown.

    References
    ----------
    "Learning difficult perceptual tasks with Hodgkin-Huxley networks", section 4.4.
    """

    def __init__(  # noqa: PLR0913 (Keras layers take their settings as arguments)
        self,
        layer: ConductanceLayer,
        interneurons: int,
        steps: int = 4,
        initializer="glorot_uniform",
        rule: str = "projected",
        **settings,
    ):
        if not isinstance(getattr(layer, "operation", None), Matmul):
            raise InvalidValueError(f"the layer is {layer!r}, wanted a CWADense or an AbsNormDense")
        if layer.operation.units % 2:
            raise InvalidValueError(f"the layer has {layer.operation.units} units, wanted an even number")
        interneurons, steps = check_whole(interneurons, "interneurons"), check_whole(steps, "steps")
        super().__init__(layer.membrane.g_rest, layer.membrane.e_rest, **settings)
        self._made(check_choice, rule, "rule", RULES)
        self.layer, self.steps, self.rule = layer, steps, rule
        self.towards, self.back = Matmul(interneurons), Matmul(layer.operation.units)
        self.initializer = keras.initializers.get(initializer)

    @property
    def _summing(self) -> Matmul:
        return self.layer.operation

    def build(self, input_shape) -> None:
        self.check_inputs(input_shape)
        if not self.layer.built:
            self.layer.build(input_shape)
        inter, units = self.towards.units, self.back.units
        self.g_from = self._weight("g_from", (units, inter), self.initializer)
        self.g_onto = self._weight("g_onto", (inter, units), keras.initializers.Constant(1 / inter - 1))
        super().build(input_shape)

    def _weight(self, name: str, shape: tuple[int, int], initializer):
        first, constraint = KernelPart(initializer, shape[0], 0, self.rule), RULES[self.rule].constraint
        return self.add_weight(name=name, shape=shape, initializer=first, constraint=constraint, autocast=False)

    def drives(self, p):
        """Return the conductances of the last step."""
        exc, inh = self.layer.drives(p)
        total = inh
        for _ in range(self.steps):
            total = inh + self.inhibition(self.membrane.settle(exc, total))
        return exc, total

    def inhibition(self, z):
        """Return the inhibitory conductance (sample, unit) that the interneurons open, given the layer's z."""
        rule = RULES[self.rule]
        sides = zip(ops.split(ops.relu(z), 2, axis=-1), ops.split(self.g_from, 2, axis=0), strict=True)
        released = ops.relu(self.membrane.settle(*(self._opened(self.towards, p, g, rule) for p, g in sides)))
        return self._opened(self.back, released, self.g_onto, rule)

    def conductances(self):
        """Return the conductances of the layer itself."""
        return self.layer.conductances()

    def lateral_conductances(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the conductances onto the interneurons, (unit, interneuron), and from them, (interneuron, unit)."""
        rule = RULES[self.rule]
        halves = [rule.conductance(half) for half in ops.split(self.g_from, 2, axis=0)]
        onto = rule.conductance(ops.convert_to_tensor(self.g_onto))
        return ops.convert_to_numpy(ops.concatenate(halves, axis=0)), ops.convert_to_numpy(onto)

    def get_config(self) -> dict:
        own = {
            "layer": keras.saving.serialize_keras_object(self.layer),
            "interneurons": self.towards.units,
            "steps": self.steps,
            "rule": self.rule,
            "initializer": keras.initializers.serialize(self.initializer),
        }
        inherited = {name: value for name, value in super().get_config().items() if name not in ("g_rest", "e_rest")}
        return inherited | own

    @classmethod
    def from_config(cls, config: dict) -> "LateralInhibition":
        layer = keras.saving.deserialize_keras_object(config["layer"])
        return cls(layer, **{name: value for name, value in config.items() if name != "layer"})
