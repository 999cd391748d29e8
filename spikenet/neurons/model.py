"""Neuron models: equations and everything that is needed to simulate them, as frozen data. Needs no Brian2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from inspect import cleandoc
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.neurons.consistency import (
    MAPPINGS,
    check_initial_names,
    check_kinds,
    check_names,
    initial_value,
    started_at_parameters,
)
from spikenet.neurons.documentation import Docstring
from spikenet.neurons.equations.definitions import Definition, definitions, equation_lines, identifiers
from spikenet.neurons.equations.rate_bounds import compile_rate, largest_rate
from spikenet.neurons.parameter import Parameter
from spikenet.units import SECOND, Dimensions, show, to_seconds

if TYPE_CHECKING:
    from brian2 import NeuronGroup


@dataclass(frozen=True, eq=False)
class NeuronModel:
    """A neuron: its equations, parameters, initial values and numerical method, frozen.

    A model is changed by making another one, with `with_parameters`, `with_initial` or ``dataclasses.replace``. Two
    models that differ in values only, of parameters or initial states, share a compiled program.

    Parameters
    ----------
    name : str
        Lower-case name, unique among the models that are used together.
    equations : str or brian2.Equations
        Equations in Brian2's notation.
    outputs : tuple of str
        Variables that can be recorded; the first one is recorded unless another is named.
    ports : tuple of str, optional
        Variables that are driven from outside, each with a line such as ``i_in : amp``.
    parameters : mapping of str to Quantity, str, float or Parameter, optional
        Constants in the equations: quantities (``20*ms``), texts (``"20 ms"``) or numbers without a unit.
    initial : mapping of str to Quantity, str, float or array, optional
        Initial values: one for all units, or an array (unit,). Plain numbers are in SI units.
    threshold, reset, refractory : str, optional
        Condition for a spike, statements after a spike, and duration or condition of the refractory state, in
        Brian2's notation.
    method : {"rk4", "rk2", "euler", "exponential_euler", "exact"}, optional
        Numerical method.
    dt, sample_dt : Quantity, str or float, optional
        Default time step, and time between two samples of a trace; plain numbers are in seconds.
    fastest_rate : str, optional
        Largest rate of the linearised equations in 1/s: an expression in the parameters and in the largest absolute
        value at each port. A ``dt`` that is too large for it is refused before the simulation starts.
    peak_rate : str, optional
        Largest rate of spikes in 1/s, as such an expression; one step emits one spike at most.
    nonnegative : tuple of str, optional
        Ports whose drive must not be negative.
    starts_at : mapping of str to str, optional
        States that start at the value of a parameter. `with_initial` replaces that by a value.
    reference : str, optional
        Publication that defines the neuron.
    description : str, optional
        What the neuron is, in a few sentences, for ``help()``.
    symbols : mapping of str to str, optional
        What each parameter, port and output stands for, for ``help()``.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        If the fields do not fit together; the message names the field.

    Examples
    --------
    >>> from spikenet.neurons import NeuronModel
    >>> leaky = NeuronModel(
    ...     name="leaky",
    ...     equations='''
    ...         dv/dt = (i_in - v) / tau : 1
    ...         i_in : 1
    ...     ''',
    ...     outputs=("v",),
    ...     parameters={"tau": "20 ms"},
    ... )
    >>> print(leaky.with_parameters(tau="5 ms").parameters["tau"])
    5 ms
    """

    name: str
    equations: str
    outputs: tuple[str, ...]
    ports: tuple[str, ...] = ("i_in",)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    initial: Mapping[str, object] = field(default_factory=dict)
    threshold: str | None = None
    reset: str | None = None
    refractory: str | None = None
    method: str = "rk4"
    dt: float = 1e-5
    sample_dt: float = 1e-4
    fastest_rate: str | None = None
    peak_rate: str | None = None
    nonnegative: tuple[str, ...] = ()
    starts_at: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    description: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        if not isinstance(self.name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise InvalidValueError(
                f"the model's name is {self.name!r}; wanted lower-case letters, digits and _, such as 'leaky'"
            )
        for name in ("ports", "outputs", "nonnegative"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        if type(self.equations).__module__.startswith("brian2."):
            from spikenet.neurons.from_brian import equation_text  # noqa: PLC0415 (Brian2 is loaded already)

            object.__setattr__(self, "equations", equation_text(self.equations))
        check_kinds(self)
        defined = definitions(self.equations, self.name)
        check_names(self, defined)
        parameters = {name: Parameter.of(value, name) for name, value in self.parameters.items()}
        initial = {**self.initial, **started_at_parameters(self, parameters, defined)}
        frozen = {
            "equations": "\n".join(equation_lines(self.equations)),
            "parameters": MappingProxyType(parameters),
            "starts_at": MappingProxyType(dict(self.starts_at)),
            "description": cleandoc(self.description),
            "symbols": MappingProxyType(dict(self.symbols)),
            "dt": to_seconds(self.dt, "dt"),
            "sample_dt": to_seconds(self.sample_dt, "sample_dt"),
        }
        object.__setattr__(self, "_definitions", defined)
        for name, value in frozen.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "initial", MappingProxyType(self._initial_values(initial)))
        if not (self.dt and self.sample_dt):
            raise InvalidValueError(
                f"{self.name}: dt and sample_dt are {self.dt} and {self.sample_dt}, wanted more than 0"
            )
        code = [one.code for one in defined.values()]
        object.__setattr__(self, "_equation_names", frozenset(identifiers(*code)))
        object.__setattr__(self, "_names", frozenset(identifiers(*code, self.threshold, self.reset, self.refractory)))
        names = (*self.parameters, *self.ports)
        given = {what: text for what in ("fastest_rate", "peak_rate") if (text := getattr(self, what)) is not None}
        rates = {what: compile_rate(text, names, self.name, what) for what, text in given.items()}
        object.__setattr__(self, "_rates", rates)

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """Variables that the equations define, by name."""
        return MappingProxyType(self._definitions)

    @property
    def variables(self) -> dict[str, Dimensions]:
        """Dimensions of every variable that the equations define."""
        return {name: one.dimensions for name, one in self._definitions.items()}

    @property
    def states(self) -> tuple[str, ...]:
        """Variables that have a differential equation."""
        return tuple(name for name, one in self._definitions.items() if one.kind == "state")

    @property
    def stored(self) -> tuple[str, ...]:
        """Variables with numbers that a simulation may change: states, and those that a reset may set."""
        return tuple(
            name
            for name, one in self._definitions.items()
            if one.kind == "state"
            or (one.kind == "free" and one.type == "float" and name not in self.ports and "constant" not in one.flags)
        )

    @property
    def started_at_zero(self) -> tuple[str, ...]:
        """Variables that start at zero: they are stored, and have neither a port nor an initial value."""
        return tuple(
            name
            for name, one in self._definitions.items()
            if one.kind != "subexpression" and name not in self.ports and name not in self.initial
        )

    @property
    def spiking(self) -> bool:
        """True if the neuron has a threshold."""
        return self.threshold is not None

    @property
    def noisy(self) -> bool:
        """True if the equations, the threshold, the reset or the refractory period draw random numbers."""
        return any(name in ("rand", "randn", "poisson", "xi") or name.startswith("xi_") for name in self._names)

    @property
    def timed(self) -> bool:
        """True if the equations use the time or the time step, or hold a value over a step, so that steps differ."""
        held = any("constant over dt" in one.flags for one in self._definitions.values())
        return held or bool({"t", "dt", "t_in_timesteps"} & self._equation_names)

    @classmethod
    def from_brian(cls, source, *, namespace: Mapping | None = None, **settings) -> "NeuronModel":
        """Return the model of a Brian2 ``NeuronGroup``, or of its equations.

        Parameters
        ----------
        source : NeuronGroup, Equations or str
            A group gives its equations, threshold, reset, refractory period, method, step and values: those of states
            become initial values, those that all neurons share become parameters.
        namespace : mapping, optional
            Values of the other names in the equations, which become parameters; the variables around the call if left
            out, as in Brian2.
        **settings
            Fields of the model, such as ``name``, ``ports`` and ``parameters``, in the place of what the source says.
            By default the ports are the variables that are only declared, not constant, and not set in the group, and
            the outputs those with a differential equation.

        Raises
        ------
        InvalidTypeError
            If the source is something else.
        InvalidValueError, UnitError
            If there is no port, and as the model itself.

        Examples
        --------
        >>> import brian2 as b2
        >>> from spikenet.neurons import NeuronModel
        >>> tau = 10 * b2.ms
        >>> group = b2.NeuronGroup(5, "dv/dt = (u - v)/tau : 1\\nu : 1", method="exact")
        >>> NeuronModel.from_brian(group, name="leaky").parameters["tau"].value
        0.01
        """
        from spikenet.neurons.from_brian import settings_from_brian  # noqa: PLC0415 (Brian2 takes 1.6 s to import)

        return cls(**settings_from_brian(source, namespace, settings))

    def with_parameters(self, **parameters) -> "NeuronModel":
        """Return a model with other values of these parameters. Calling the model does the same.

        Parameters
        ----------
        **parameters : Quantity, str, float or array
            New values by name: quantities, texts (``"5 ms"``) or plain numbers in SI units. An array (unit,) gives
            each unit of a layer its own.

        Raises
        ------
        InvalidValueError
            If the model has no parameter of this name, or a value is not finite, or has more than one axis.
        UnitError
            If a value has another unit than the parameter.

        Examples
        --------
        >>> import spikenet as sn
        >>> print(sn.LIF.with_parameters(tau_mem="5 ms").parameters["tau_mem"])
        5 ms
        >>> sn.FHN(epsilon=0.1).parameters["epsilon"].value
        0.1
        """
        changed = dict(self.parameters)
        for name, value in parameters.items():
            if name not in changed:
                raise InvalidValueError(f"{self.name} has no parameter {name!r}; it has {', '.join(changed) or 'none'}")
            changed[name] = Parameter.of(value, name, changed[name].dimensions)
        starts = {state: changed[name].value for state, name in self.starts_at.items()}
        return self._with_values(parameters=changed, initial={**self.initial, **self._initial_values(starts)})

    __call__ = with_parameters

    def with_initial(self, **initial) -> "NeuronModel":
        """Return a model with other initial values of these variables.

        Parameters
        ----------
        **initial : Quantity, str, float or array
            Initial values by name: one for all units, or an array (unit,). Plain numbers are in SI units.

        Raises
        ------
        InvalidValueError, UnitError
            If the model has no such variable, or a value does not fit it.
        """
        check_initial_names(self, initial, self._definitions)
        starts_at = {state: name for state, name in self.starts_at.items() if state not in initial}
        return self._with_values(initial={**self.initial, **self._initial_values(initial)}, starts_at=starts_at)

    def _initial_values(self, given: Mapping[str, object]) -> dict[str, np.ndarray]:
        return {name: initial_value(value, self._definitions[name].dimensions, name) for name, value in given.items()}

    def _with_values(self, **mappings: Mapping) -> "NeuronModel":
        """Return a copy with other checked values, whose equations need not be read again."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__ | {name: MappingProxyType(values) for name, values in mappings.items()})
        return copy

    def with_synapses(self, *synapses) -> "NeuronModel":
        """Return a model with the receptors of these synapses, such as ``sn.synapses.Conductance.named("exc")``.

        Parameters
        ----------
        *synapses : SynapseModel
            Models of `spikenet.synapses`, each with a receptor of another name, see `SynapseModel.into`.
        """
        model = self
        for synapse in synapses:
            model = synapse.into(model)
        return model

    def rate_bound(self, largest_drive: Mapping[str, float], what: str = "fastest_rate") -> float | None:
        """Evaluate ``fastest_rate`` or ``peak_rate`` for a drive.

        Parameters
        ----------
        largest_drive : mapping of str to float
            Largest absolute value at each port, in SI units; arrays in the place of parameters.
        what : {"fastest_rate", "peak_rate"}, optional
            Field to evaluate.

        Returns
        -------
        float or None
            The largest rate of all units in 1/s; None if the model does not give it.

        Raises
        ------
        InvalidValueError
            If the rate is negative or not a number.
        """
        if getattr(self, what) is None:
            return None
        values = {name: parameter.value for name, parameter in self.parameters.items()} | dict(largest_drive)
        return largest_rate(self._rates[what], values, f"{self.name} has no valid time scale: {getattr(self, what)}")

    def neuron_group(self, n: int, **settings) -> "NeuronGroup":
        """Return ``n`` neurons as a plain Brian2 ``NeuronGroup``, for your own scripts and monitors.

        Parameters
        ----------
        n : int
            Number of neurons.
        **settings
            Arguments of ``NeuronGroup``, such as ``name``, ``order``, ``dt`` and ``method``. By default ``dt`` and
            ``method`` are those of the model.

        Returns
        -------
        brian2.NeuronGroup
            A group whose states have their initial values; parameters are its shared variables.
        """
        from spikenet.neurons.group import neuron_group  # noqa: PLC0415 (Brian2 takes 1.6 s to import)

        return neuron_group(self, n, **settings)

    def __reduce__(self):
        """Make the model from its fields again when it is unpickled: read-only mappings cannot be pickled."""
        settings = {one.name: getattr(self, one.name) for one in fields(self)}
        mappings = {name: dict(settings[name]) for name in MAPPINGS}
        return partial(type(self), **settings | mappings), ()

    def __eq__(self, other) -> bool:
        """Compare every field; initial values by their numbers."""
        if not isinstance(other, NeuronModel):
            return NotImplemented
        same = (getattr(self, one.name) == getattr(other, one.name) for one in fields(self) if one.name != "initial")
        return (
            all(same)
            and self.initial.keys() == other.initial.keys()
            and all(np.array_equal(value, other.initial[name]) for name, value in self.initial.items())
        )

    def __hash__(self) -> int:
        return hash((self.name, self.equations, self.method, tuple(self.parameters.items())))

    def __repr__(self) -> str:
        parameters = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        lines = [f"{self.name}({parameters})", *(f"    {line}" for line in self.equations.splitlines())]
        for label in ("threshold", "reset", "refractory"):
            if getattr(self, label):
                lines.append(f"    {label}: {getattr(self, label)}")
        lines.append(f"    {self.method}, dt {show(self.dt, SECOND)}" + f"; {self.reference}" * bool(self.reference))
        return "\n".join(lines)


NeuronModel.__doc__ = Docstring(NeuronModel.__doc__)
