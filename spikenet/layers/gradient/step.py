"""One time step of a neuron as differentiable Keras operations: the model's equations, integrated as Brian2 does."""

import re
from collections.abc import Mapping

import numpy as np
from keras import backend, ops

from spikenet.engines.unit_parameters import split_parameters, with_parameter_ports
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.gradient.expressions import closure
from spikenet.layers.gradient.surrogate import Surrogate, check_width, spike_function
from spikenet.neurons.equations.update import NOT_REFRACTORY, STEPS_SINCE_SPIKE, StepCode, step_code
from spikenet.neurons.model import NeuronModel
from spikenet.renames import renamed_arguments
from spikenet.units import to_seconds

type NeuronState = dict[str, object]  # tensors (sample, unit) by name

SPIKE = "spike"
_LONG_AGO = 2.0**22  # steps since a spike that never was; float32 counts on from here for 12 million more


class DifferentiableStep:
    """One time step of a neuron as differentiable Keras operations: ``state = step(state, drive)``.

    The step is that of Brian2's integrator. A spike is 1 above threshold and 0 below, with the derivative of the
    surrogate. No gradient flows from a reset to the spike that caused it: the reset is detached, so that gradients do
    not grow from step to step. States are mappings from the names of the model's variables to tensors (sample, unit);
    `initial` makes the first one. `unroll` takes many steps.

    Parameters
    ----------
    model : NeuronModel
        For example `spikenet.FHN`.
    dt : quantity, str or float, optional
        Time step, in seconds if it has no unit; the model's own if left out.
    surrogate : str or callable
        A name of SURROGATES, or a function of the distance from threshold and the steepness.
    width : float, optional
        Width of the surrogate in units of ``distance``, that from threshold to the state after a reset, or to the
        initial state if that is farther. If left out, it is 0.5, and 1.5 for "triangular".

    Raises
    ------
    InvalidValueError
        If the model's steps are not plain arithmetic (see `step_code`), or the surrogate is unknown or its width
        is not above 0.
    UnitError
        If ``dt`` is not a time.

    Examples
    --------
    >>> import spikenet as sn
    >>> step = sn.layers.DifferentiableStep(sn.FHN)
    >>> state = step(step.initial(1, 2), [[-0.5, 0.5]])  # one sample, two units
    >>> tuple(state["x"].shape)
    (1, 2)
    """

    @renamed_arguments(steepness="width=1/(steepness * distance)")
    def __init__(
        self, model: NeuronModel, dt=None, surrogate: str | Surrogate = "fast_sigmoid", *, width: float | None = None
    ):
        if not isinstance(model, NeuronModel):
            raise InvalidTypeError(f"the neuron is {type(model).__name__}, wanted a NeuronModel such as sn.FHN")
        original, values = split_parameters(model)
        self._per_unit = {name: value[0] for name, value in values.items()}
        self.model = model = with_parameter_ports(original, tuple(values)) if values else original
        self.dt = to_seconds(model.dt if dt is None else dt, "dt")
        if self.dt == 0:
            raise InvalidValueError("dt is 0 s, wanted more")
        code = step_code(model)
        constants = {name: parameter.value for name, parameter in model.parameters.items()} | {"dt": self.dt}
        self._update = [(line.name, closure(line.expression, constants)) for line in code.update]
        self._reset = [(line.name, closure(line.expression, constants)) for line in code.reset]
        self._outputs = {name: closure(text, constants) for name, text in code.subexpressions.items()}
        assigned = dict(self._update)
        self._counters = [name for name in (NOT_REFRACTORY, STEPS_SINCE_SPIKE) if name in assigned]
        self.distance, self._threshold = 0.0, None
        if code.threshold:
            self.distance = self._distance(code, constants)
            spike = self._spike(surrogate, check_width(width, surrogate))
            self._threshold = closure(code.threshold, constants, spike)

    def _distance(self, code: StepCode, constants) -> float:
        """Return the distance to threshold of the initial state, or of the state after a reset if that is farther."""
        # Such as release -= 1, which leads back from the threshold, but not from the initial state.
        relative = {line.name for line in code.reset if line.name in re.findall(r"\w+", line.expression)}
        found = []
        measure = closure(code.threshold, constants, lambda distance, _: found.append(distance) or 0.0)
        units = max(1, *map(np.size, (*self._per_unit.values(), *self.model.initial.values())), 1)
        values = self.initial(1, units, "float64")
        values |= self.drives({self.model.ports[0]: ops.zeros((1, units), "float64")})
        measure(values)
        for name, expression in self._reset:
            if name not in relative:
                values[name] = expression(values)
        measure(values)
        return max(float(ops.max(ops.abs(distance))) for distance in found) or 1.0

    def _spike(self, surrogate: Surrogate, width: float):
        """Return the spike function of (distance, at_threshold)."""
        functions = [spike_function(surrogate, 1 / width, at_threshold=at) for at in (False, True)]
        return lambda distance, at_threshold: functions[at_threshold](distance / self.distance)

    def initial(self, batch: int, units: int, dtype: str | None = None) -> NeuronState:
        """Return the initial state.

        Parameters
        ----------
        batch, units : int
            Numbers of samples and units.
        dtype : str, optional
            Type of the tensors; that of Keras if left out.

        Returns
        -------
        dict of str to tensor
            Each variable (sample, unit), in SI units.

        Raises
        ------
        InvalidValueError
            If the model's initial values are for another number of units.
        """
        dtype = backend.standardize_dtype(dtype or backend.floatx())
        values = {**dict.fromkeys(self.model.started_at_zero, 0.0), **self.model.initial}
        for name, value in values.items():
            if getattr(value, "ndim", 0) and len(value) != units:
                raise InvalidValueError(
                    f"the initial {name} of {self.model.name} is for {len(value)} units, but there are {units}"
                )
        values |= {name: _LONG_AGO if name == STEPS_SINCE_SPIKE else 1.0 for name in self._counters}
        values |= {SPIKE: 0.0} if self.model.spiking else {}
        return {
            name: ops.broadcast_to(ops.convert_to_tensor(value, dtype), (batch, units))
            for name, value in values.items()
        }

    def drives(self, drive) -> NeuronState:
        """Return the drive of every port, 0 for those that are not named.

        Parameters
        ----------
        drive : tensor or mapping from ports to tensors
            A tensor is the drive of the only port.

        Returns
        -------
        dict of str to tensor

        Raises
        ------
        InvalidValueError
            If a port is unknown, or the model has several ports and ``drive`` is no mapping.
        """
        ports = [port for port in self.model.ports if port not in self._per_unit]
        if not isinstance(drive, Mapping):
            if len(ports) > 1:
                raise InvalidValueError(
                    f"{self.model.name} has the ports {', '.join(ports)}; give the drive as a mapping from them"
                )
            drive = {ports[0]: drive}
        unknown = [str(port) for port in drive if port not in self.model.ports]
        if unknown or not drive:
            raise InvalidValueError(
                f"the drive names {', '.join(unknown) or 'no port'}; {self.model.name} has {', '.join(ports)}"
            )
        given = {port: ops.convert_to_tensor(value) for port, value in drive.items()}
        first = next(iter(given.values()))
        nothing = ops.zeros_like(first[:, 0] if first.ndim == 3 else first)
        for name, values in self._per_unit.items():
            given.setdefault(name, nothing + ops.convert_to_tensor(values, nothing.dtype))
        return {port: given.get(port, nothing) for port in self.model.ports}

    def __call__(self, state: NeuronState, drive) -> NeuronState:
        """Return the state after one step; for a spiking model it includes ``spike``, 1 or 0."""
        values = {**state, **self.drives(drive)}
        for name, expression in self._update:
            values[name] = expression(values)
        if self._threshold:
            values[SPIKE] = spike = self._threshold(values)
            reset = ops.stop_gradient(spike)
            for name, expression in self._reset:
                values[name] = (1 - reset) * values[name] + reset * expression(values)
            for name in self._counters:
                values[name] = (1 - reset) * values[name]
        return {name: values[name] for name in state}

    def read(self, output: str, state: NeuronState, drive) -> object:
        """Return an output of the model, (sample, unit), given the state and, for a subexpression, the drive."""
        values = {**state, **self.drives(drive)}
        return self._outputs[output](values) if output in self._outputs else values[output]
