"""A neuron is data: its equations and all that Brian2 needs to run them, frozen. Needs no Brian2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.neurons.definitions import Definition, check_name, definitions, mentions
from spikenet.neurons.rate_bounds import evaluate_rate, parse_rate
from spikenet.units import DIMENSIONLESS, Dimensions, dimensions_of, parse_unit, show, to_scalar, to_seconds, to_si

if TYPE_CHECKING:
    from brian2 import NeuronGroup

METHODS = ("euler", "rk2", "rk4", "exponential_euler", "exact")


@dataclass(frozen=True)
class Parameter:
    """One number with its dimensions; ``value`` in SI units."""

    value: float
    dimensions: Dimensions = DIMENSIONLESS

    @classmethod
    def of(cls, value, name: str) -> "Parameter":
        """From a quantity, a text such as ``"20 ms"``, or a plain number without dimensions."""
        if isinstance(value, Parameter):
            return value
        dimensions = dimensions_of(value) or DIMENSIONLESS
        return cls(to_scalar(value, dimensions, name), dimensions)

    def __str__(self) -> str:
        return show(self.value, self.dimensions)


@dataclass(frozen=True, eq=False)
class NeuronModel:
    """Equations of a neuron, with all that it takes to simulate them.

    ``equations`` are Brian2's, one line a variable; a port (what is driven from outside) is a line such as
    ``i_in : amp``, an output is any variable that may be recorded. Parameters are quantities, texts
    (``"20 ms"``) or plain numbers. ``initial`` gives numbers in SI units, quantities, or arrays (unit,).
    ``fastest_rate`` is the largest rate of the linearised equations in 1/s, an expression in the parameters and in
    the largest absolute value at each port: with it, a ``dt`` that must blow up is refused before simulating.
    ``peak_rate`` is how many spikes a second a neuron may owe, in the same terms: a step brings one at most.
    ``nonnegative`` names the ports that take zero or more. ``starts_at`` names the parameter at which a state starts,
    in place of a number in ``initial``; `with_initial` ends that.

    Two models are the same project for a compiler if only parameters or initial values differ.
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

    def __post_init__(self):
        check_name(self.name, "the model's name")
        for name in ("ports", "outputs", "nonnegative"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        _check_kinds(self)
        defined = definitions(self.equations, self.name)
        _check_names(self, defined)
        parameters = {name: Parameter.of(value, name) for name, value in self.parameters.items()}
        initial = {**self.initial, **_starts(self, parameters, defined)}
        frozen = {
            "equations": "\n".join(line.strip() for line in self.equations.strip().splitlines()),
            "parameters": MappingProxyType(parameters),
            "starts_at": MappingProxyType(dict(self.starts_at)),
            "initial": MappingProxyType(
                {name: _initial(value, defined[name].dimensions, name) for name, value in initial.items()}
            ),
            "dt": to_seconds(self.dt, "dt"),
            "sample_dt": to_seconds(self.sample_dt, "sample_dt"),
        }
        for name, value in frozen.items():
            object.__setattr__(self, name, value)
        if not (self.dt and self.sample_dt):
            raise InvalidValueError(
                f"{self.name}: dt and sample_dt are {self.dt} and {self.sample_dt}, wanted more than 0"
            )

    @property
    def variables(self) -> dict[str, Dimensions]:
        """Every variable that the equations define, with its dimensions."""
        return {name: one.dimensions for name, one in definitions(self.equations, self.name).items()}

    @property
    def states(self) -> tuple[str, ...]:
        """The variables that have a differential equation."""
        return tuple(name for name, one in definitions(self.equations, self.name).items() if one.kind == "state")

    @property
    def started_at_zero(self) -> tuple[str, ...]:
        """What a neuron holds, no port sets and no initial value is given for."""
        held = definitions(self.equations, self.name)
        return tuple(
            name
            for name, one in held.items()
            if one.kind != "subexpression" and name not in self.ports and name not in self.initial
        )

    @property
    def spiking(self) -> bool:
        return self.threshold is not None

    @property
    def noisy(self) -> bool:
        """Whether chance is in the equations, so that a seed matters."""
        code = f"{self.equations} {self.reset or ''} {self.threshold or ''}"
        return bool(re.search(r"\bxi(_\w+)?\b|\brandn?\s*\(|\bpoisson\s*\(", code))

    @property
    def timed(self) -> bool:
        """Whether the time itself is in the equations, so that no two steps are alike."""
        return any(mentions(one.code, "t", "dt") for one in definitions(self.equations, self.name).values())

    def with_parameters(self, **parameters) -> "NeuronModel":
        """Another model with these parameters; this one is untouched.

        Errors: InvalidValueError for a name that the model does not have, UnitError for other dimensions.
        """
        changed = dict(self.parameters)
        for name, value in parameters.items():
            if name not in changed:
                raise InvalidValueError(f"{self.name} has no parameter {name!r}; it has {', '.join(changed) or 'none'}")
            wanted = changed[name].dimensions
            changed[name] = Parameter(to_scalar(value, wanted, name), wanted)
        return replace(self, parameters=changed)

    __call__ = with_parameters

    def with_initial(self, **initial) -> "NeuronModel":
        """Another model that starts elsewhere: a number or an array (unit,) for each named state."""
        starts_at = {state: name for state, name in self.starts_at.items() if state not in initial}
        return replace(self, initial={**self.initial, **initial}, starts_at=starts_at)

    def rate_bound(self, largest_drive: Mapping[str, float], what: str = "fastest_rate") -> float | None:
        """The fastest rate (or ``peak_rate``) in 1/s under drives up to these absolute values; None if not given."""
        if getattr(self, what) is None:
            return None
        names = {name: parameter.value for name, parameter in self.parameters.items()} | dict(largest_drive)
        return evaluate_rate(getattr(self, what), names, self.name, what)

    def neuron_group(self, n: int, **settings) -> "NeuronGroup":
        """``n`` of these neurons as a plain Brian2 ``NeuronGroup``, for your own scripts and monitors.

        ``settings`` go to NeuronGroup (``dt``, ``name``, ``method``, ``order`` ...). Parameters are shared variables
        of the group, and the states are at their initial values.
        """
        from spikenet.neurons.group import neuron_group  # noqa: PLC0415 (Brian2 takes 1.6 s to import)

        return neuron_group(self, n, **settings)

    def __reduce__(self):
        """For pickle and copy: what makes the model again, as its read-only mappings cannot be pickled."""
        settings = {one.name: getattr(self, one.name) for one in fields(self)}
        mappings = {name: dict(settings[name]) for name in ("parameters", "initial", "starts_at")}
        return partial(type(self), **settings | mappings), ()

    def __repr__(self) -> str:
        parameters = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        lines = [f"{self.name}({parameters})", *(f"    {line}" for line in self.equations.splitlines())]
        for label in ("threshold", "reset", "refractory"):
            if getattr(self, label):
                lines.append(f"    {label}: {getattr(self, label)}")
        lines.append(f"    {self.method}, dt {show(self.dt, parse_unit('s')[0])}; {self.reference}")
        return "\n".join(lines)


def _check_kinds(model: NeuronModel) -> None:
    """Texts where texts are wanted, mappings where mappings are, and a method that exists."""
    for name in ("equations", "threshold", "reset", "refractory"):
        value = getattr(model, name)
        if not isinstance(value, str) and (value is not None or name == "equations"):
            raise InvalidTypeError(
                f"{model.name}: {name} is {value!r}, wanted a text; a number becomes a parameter with a name"
            )
    for name in ("parameters", "initial", "starts_at"):
        if not isinstance(getattr(model, name), Mapping):
            raise InvalidTypeError(f"{model.name}: {name} is {getattr(model, name)!r}, wanted a mapping from names")
    if model.method not in METHODS:
        raise InvalidValueError(f"{model.name}: unknown method {model.method!r}; there are {', '.join(METHODS)}")
    if (model.reset or model.refractory) and not model.threshold:
        raise InvalidValueError(f"{model.name}: a reset or a refractory period needs a threshold; give threshold=...")
    for name in ("fastest_rate", "peak_rate"):
        if getattr(model, name) is not None:
            parse_rate(getattr(model, name), model.name, name)


def _check_names(model: NeuronModel, defined: Mapping[str, Definition]) -> None:
    """Names that the equations have, each for one thing."""
    if not (model.ports and model.outputs):
        raise InvalidValueError(f"{model.name}: wanted at least one port and one output")
    for name in model.parameters:
        check_name(name, f"{model.name}: a parameter")
        if name in defined:
            raise InvalidValueError(f"{model.name}: {name} is both a parameter and a line of the equations; rename one")
    named = {"port": model.ports, "output": model.outputs, "initial value of": (*model.initial, *model.starts_at)}
    for kind, names in named.items():
        for name in names:
            if name not in defined:
                raise InvalidValueError(
                    f"{model.name}: unknown {kind} {name!r}; the equations have {', '.join(defined)}"
                )
    for name in model.ports:
        if defined[name].kind != "free" or name in (*model.initial, *model.starts_at):
            raise InvalidValueError(
                f"{model.name}: the port {name} is set from outside; wanted a line '{name} : unit' and no initial value"
            )
    for name in model.nonnegative:
        if name not in model.ports:
            raise InvalidValueError(
                f"{model.name}: nonnegative names {name!r}, which is no port; there are {', '.join(model.ports)}"
            )
    for code in (*(one.code for one in defined.values()), model.threshold, model.reset, model.refractory):
        if mentions(code, "i", "N"):
            raise InvalidValueError(
                f"{model.name}: {code.strip()!r} has Brian2's i or N in it, which depend on how many neurons an engine "
                "takes at a time; give each unit its own initial value instead"
            )


def _starts(model: NeuronModel, parameters, defined: Mapping[str, Definition]) -> dict[str, float]:
    """The values of the parameters at which states start."""
    for state, name in model.starts_at.items():
        if name not in parameters:
            raise InvalidValueError(
                f"{model.name}: {state} starts at {name!r}, which is no parameter; there are {', '.join(parameters)}"
            )
        if parameters[name].dimensions != defined[state].dimensions:
            raise UnitError(f"{model.name}: {state} starts at {name}, which has another unit; take one with the same")
    return {state: parameters[name].value for state, name in model.starts_at.items()}


def _initial(value, dimensions: Dimensions, name: str) -> np.ndarray:
    """An initial value as SI floats, () or (unit,), not to be written to."""
    array = to_si(value, dimensions, f"the initial {name}")
    if array.ndim > 1:
        raise InvalidValueError(f"the initial {name} has the shape {array.shape}; wanted one number, or (unit,)")
    array.setflags(write=False)
    return array
