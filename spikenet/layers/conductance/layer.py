"""Base classes of the layers with conductance-weighted averaging (CWA)."""

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from keras import ops

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance.initializer import KernelPart
from spikenet.layers.conductance.membrane import Membrane
from spikenet.layers.conductance.operation import Convolution, Matmul
from spikenet.layers.conductance.rule import RULES, Rule
from spikenet.layers.fixed_settings import FixedSettings
from spikenet.validate import check_choice


class ConductanceLayer(FixedSettings, keras.layers.Layer):
    """Base of layers that map release probabilities p (0 to 1) to membrane potentials z in [-1, 1].

    A subclass defines `drives`. Sums are computed in the compute type of the layer's policy, everything else in that of
    its variables: z is float32 even in mixed precision, as it is a difference of nearly equal sums.
    """

    def __init__(self, g_rest: float, e_rest: float, **settings):
        super().__init__(autocast=False, **settings)
        self.membrane = self._made(Membrane, g_rest, e_rest)
        self._inputs = None

    def build(self, input_shape) -> None:
        self._inputs = input_shape[-1]
        super().build(input_shape)

    def call(self, p):
        self.check_inputs(tuple(p.shape))
        return self._settle(*self.drives(p))

    def check_inputs(self, shape) -> None:
        """Raise InvalidValueError for inputs of a shape that the layer cannot take."""
        self._summing.check(self, shape)
        if self._inputs not in (None, shape[-1]):
            raise InvalidValueError(
                f"{self.name} was given the shape {tuple(shape)}, and is built for {self._inputs} on the last axis; "
                "give it such inputs, or make another layer"
            )

    def _settle(self, exc, inh):
        """Return `Membrane.settle`; its derivatives by exc and inh are (1 - z) / D and -(1 + z) / D, D the total."""

        @ops.custom_gradient
        def settle(exc, inh):
            total = self.membrane.g_rest + exc + inh
            z = (self.membrane.g_rest * self.membrane.e_rest + exc - inh) / total

            def backward(upstream):
                share = upstream / total
                moved = share * z
                return share - moved, -share - moved

            return z, backward

        return settle(exc, inh)

    def drives(self, p):
        """Return the excitatory and the inhibitory conductance of every unit, on the scale of ``g_rest``."""
        raise NotImplementedError

    def conductances(self) -> np.ndarray:
        """Return the conductances of all inputs, none negative, in the shape of a Keras kernel."""
        raise NotImplementedError

    def get_config(self) -> dict:
        return super().get_config() | {"g_rest": self.membrane.g_rest, "e_rest": self.membrane.e_rest}

    def _sum(self, operation: Matmul | Convolution, p, kernel):
        """``operation`` in the compute type, its result in that of the variables."""
        return ops.cast(operation(ops.cast(p, self.compute_dtype), ops.cast(kernel, self.compute_dtype)), self._exact)

    def _opened(self, operation: Matmul | Convolution, p, g, rule: Rule):
        """Return the sum of p G(g), in two parts where the sums have few digits."""
        dense = isinstance(operation, Matmul)
        apart = self._coarse or (rule.offsets and dense)
        add, ones = partial(self._sum, operation, p), partial(operation.ones, p) if apart else None
        return rule.drive(ops.convert_to_tensor(g), add, ones, late=dense)

    def _made(self, make: Callable, *settings):
        """Return ``make(*settings)``; errors begin with the layer's name."""
        try:
            return make(*settings)
        except InvalidValueError as error:
            raise InvalidValueError(f"{self.name}: {error}") from None

    @property
    def _summing(self) -> Matmul | Convolution:
        """Return the operation that sums the inputs."""
        return self.operation

    @property
    def _exact(self) -> str:
        return self.variable_dtype

    @property
    def _coarse(self) -> bool:
        """Tell if sums are computed with fewer digits than the weights have."""
        return self.compute_dtype != self.variable_dtype


class ValenceLayer(ConductanceLayer):
    """Base of `CWADense` and `CWAConv2D`: half of the inputs excitatory, half inhibitory.

    The trained weights are g; ``rule`` makes the conductances G from them:

    - ``"rectified"``: G = max(0, 1 + g), as in the paper. A closed channel (G = 0) has no gradient and stays closed.
    - ``"projected"``: G = 1 + g, and g is clipped to at least -1 after each step of the optimizer. This is cheaper, and
      closed channels can open again.
    - ``"exponential"``: G = exp(g), with g from -9 to 9, so that G is between 1e-4 and 8,000. A step of the optimizer
      changes each conductance by a fraction of itself.
    - ``"scaled"``: G = exp(g) / mean(exp(g))^0.9, with the mean over all inputs of one valence to a unit. A change that
      these have in common counts for a tenth, as in synaptic scaling.

    Parameters
    ----------
    operation : callable
        Makes the `Matmul` or `Convolution` that sums the inputs.
    g_rest : float
        Resting conductance, above 0.
    e_rest : float
        Potential without input, from -1 to 1.
    rule : str
        One of the four above.
    initializer : str or keras.initializers.Initializer
        Draws the initial G - 1, whatever the rule.

    Raises
    ------
    InvalidValueError
        If a setting is out of range.
    """

    def __init__(  # noqa: PLR0913 (Keras layers take their settings as arguments)
        self,
        operation: Callable[[], Matmul | Convolution],
        g_rest: float = 1.0,
        e_rest: float = 0.0,
        rule: str = "rectified",
        initializer="glorot_uniform",
        **settings,
    ):
        super().__init__(g_rest, e_rest, **settings)
        self._made(check_choice, rule, "rule", RULES)
        self.operation, self.rule = self._made(operation), rule
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape) -> None:
        """Add the weights. Raise InvalidValueError for an odd number of inputs and for a wrong shape."""
        self.check_inputs(input_shape)
        inputs = input_shape[-1]
        if inputs % 2:
            raise InvalidValueError(
                f"{self.name} was given the shape {tuple(input_shape)}; wanted an even number on the last axis, half "
                "excitatory and half inhibitory: double images with Doubled(), or change the units of the layer before"
            )
        self.g_exc, self.g_inh = (
            self.add_weight(
                name=name,
                shape=self.operation.kernel_shape(inputs // 2),
                initializer=KernelPart(self.initializer, inputs, start, self.rule),
                constraint=RULES[self.rule].constraint,
                autocast=False,
            )
            for name, start in (("g_exc", 0), ("g_inh", inputs // 2))
        )
        super().build(input_shape)

    def drives(self, p):
        p = ops.cast(p, self._exact)
        exciting, inhibiting = ops.split(p, 2, axis=-1)  # slices have a gradient several times as slow
        sides = ((exciting, self.g_exc), (inhibiting, self.g_inh))
        return tuple(self._opened(self.operation, half, g, RULES[self.rule]) for half, g in sides)

    def scale(self, exc, inh) -> None:
        """Multiply each unit's excitatory and inhibitory conductances by ``exc`` and ``inh`` (unit,), all above 0."""
        for g, factor in ((self.g_exc, exc), (self.g_inh, inh)):
            g.assign(RULES[self.rule].times(ops.convert_to_tensor(g), ops.cast(factor, g.dtype)))

    def conductances(self) -> np.ndarray:
        """Return G, (input, unit) or (y, x, channel, filter), the excitatory inputs first."""
        halves = (RULES[self.rule].conductance(ops.convert_to_tensor(g)) for g in (self.g_exc, self.g_inh))
        return np.concatenate([ops.convert_to_numpy(half) for half in halves], axis=-2)

    def get_config(self) -> dict:
        own = {"rule": self.rule, "initializer": keras.initializers.serialize(self.initializer)}
        return super().get_config() | own

    @classmethod
    def from_config(cls, config: dict) -> "ValenceLayer":
        """Make the layer again. Files of before 0.2 have a ``form``, which changed nothing but rounding."""
        return cls(**{name: value for name, value in config.items() if name != "form"})
