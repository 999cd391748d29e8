"""Rules of plasticity as data: what spikes do to the weight of a synapse, and the traces that the rule reads.

A trace is a quantity that spikes raise and that then decays by itself: it depends on one neuron alone, and not on the
synapse. Therefore it is stated as the trace of the presynaptic or of the postsynaptic neuron, and simulated once for
each neuron, see `spikenet.synapses.connection`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.equations.definitions import definitions, identifiers, rename
from spikenet.neurons.parameter import Parameter
from spikenet.synapses.synapse_checks import check_statements, check_texts


@dataclass(frozen=True)
class Traces:
    """Variables of one neuron that its spikes change, and that change by themselves in between.

    All code that reads a trace in the time step of a spike reads its value from before that spike.

    Parameters
    ----------
    equations : str
        Linear differential equations in Brian2's notation, such as ``dspike_trace/dt = -spike_trace/tau : 1``. They may
        read variables of the neuron, such as ``v``. A line ``name = ... : unit (constant over dt)`` is worked out at
        the start of each step. A unit ``[name]`` is that of the parameter ``name``.
    on_spike : str, optional
        Statements after a spike of the neuron, such as ``spike_trace += 1``.
    initial : mapping of str to float or str, optional
        Values at the start in SI units, or the variable of the neuron whose value they take when neurons are connected;
        zero for others.

    Examples
    --------
    >>> from spikenet.synapses import Traces
    >>> Traces("dspike_trace/dt = -spike_trace/tau : 1", on_spike="spike_trace += 1").names
    ('spike_trace',)
    """

    equations: str
    on_spike: str = ""
    initial: Mapping[str, float | str] = field(default_factory=dict)

    def __post_init__(self):
        check_texts("the traces", equations=self.equations, on_spike=self.on_spike)
        check_statements("the traces", "on_spike", self.on_spike)
        if not isinstance(self.initial, Mapping):
            raise InvalidTypeError(f"the traces start at {self.initial!r}, wanted a mapping from names")
        found = definitions(re.sub(r"\[\w+\]", "1", self.equations), "traces")
        held = [one.kind == "subexpression" and "constant over dt" in one.flags for one in found.values()]
        if not found or not all(ok or one.kind == "state" for ok, one in zip(held, found.values(), strict=True)):
            raise InvalidValueError(
                f"the traces have the equations {self.equations.strip()!r}; wanted lines 'dname/dt = ... : unit', or "
                "'name = ... : unit (constant over dt)'"
            )
        object.__setattr__(self, "initial", MappingProxyType(dict(self.initial)))
        for name in self.initial:
            if name not in found:
                raise InvalidValueError(f"there is no trace {name!r} to start; there are {', '.join(found)}")
        object.__setattr__(self, "_names", tuple(found))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return self._names

    def solved(self, how: str, names: Mapping[str, str]) -> str:
        """Return the equations with other names, the differential ones with a flag such as ``clock-driven``."""
        lines = filter(None, map(str.strip, rename(self.equations, names).splitlines()))
        return "\n".join(f"{line} ({how})" if "/dt" in line.partition("=")[0] else line for line in lines)

    @property
    def read(self) -> tuple[str, ...]:
        """Names of all that equations and statements use, apart from the traces themselves."""
        code = re.sub(r"\[\w+\]", "1", self.equations)
        used = identifiers(*(one.code for one in definitions(code, "traces").values()), self.on_spike)
        return tuple(name for name in used if name not in self._names)

    def __add__(self, other: "Traces | None") -> "Traces":
        """Return the traces of both; those that both have must be the same."""
        if other is None or other == self:
            return self
        if shared := set(self.names) & set(other.names):
            raise InvalidValueError(
                f"two rules have traces called {', '.join(sorted(shared))} that differ; give them other names"
            )
        equations = joined_code(self.equations, other.equations)
        return Traces(equations, joined_code(self.on_spike, other.on_spike), {**self.initial, **other.initial})

    def __reduce__(self):
        return Traces, (self.equations, self.on_spike, dict(self.initial))

    def __hash__(self) -> int:
        return hash((self.equations, self.on_spike))


@dataclass(frozen=True)
class Plasticity:
    """A rule by which a synapse changes: statements at spikes, and the traces that they read.

    The statements may use the weight ``w``, ``spike_trace_pre`` and ``spike_trace_post`` for a variable ``spike_trace``
    of ``pre`` and ``post``, ``v_post`` for a variable of a neuron, and the parameters.

    Parameters
    ----------
    on_pre, on_post : str, optional
        Statements when a presynaptic spike arrives, and after a postsynaptic one.
    pre, post : Traces, optional
        Traces of the presynaptic and of the postsynaptic neuron.
    scale : str, optional
        Factor of what a presynaptic spike delivers, for short-term plasticity.
    parameters : mapping of str to Quantity, str or float, optional
        Constants with their units.
    initial_weight : float, optional
        The weight ``w`` at the start, unless `SynapseModel.connect` gets weights.
    requires : tuple of str, optional
        What must hold for the parameters, such as ``"tau > 0"`` or ``"w_max >= w_min"``, in SI units.
    free_units : tuple of str, optional
        Parameters whose unit is that of what they are used with.

    Examples
    --------
    >>> from spikenet.synapses import Plasticity, Traces, VoltageJump
    >>> hebb = Plasticity(
    ...     on_post="w = clip(w + rate*spike_trace_pre, 0, 1)",
    ...     pre=Traces("dspike_trace/dt = -spike_trace/tau : 1", on_spike="spike_trace += 1"),
    ...     parameters={"rate": 0.01, "tau": "20 ms"},
    ... )
    >>> VoltageJump.with_plasticity(hebb)(rate=0.02).parameters["rate"].value
    0.02
    """

    on_pre: str = ""
    on_post: str = ""
    pre: Traces | None = None
    post: Traces | None = None
    scale: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    initial_weight: float | None = None
    requires: tuple[str, ...] = ()
    free_units: tuple[str, ...] = ()

    def __post_init__(self):
        check_texts("the rule", on_pre=self.on_pre, on_post=self.on_post, scale=self.scale)
        if not isinstance(self.parameters, Mapping):
            raise InvalidTypeError(f"the rule's parameters are {self.parameters!r}, wanted a mapping from names")
        for name in ("pre", "post"):
            if not isinstance(getattr(self, name), Traces | None):
                raise InvalidTypeError(
                    f"the rule's {name} is {getattr(self, name)!r}, wanted Traces(equations, on_spike=...) or None"
                )
        parameters = {name: Parameter.of(value, name) for name, value in self.parameters.items()}
        object.__setattr__(self, "parameters", MappingProxyType(parameters))

    def __reduce__(self):
        settings = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _plasticity, (settings | {"parameters": dict(self.parameters)},)

    def __hash__(self) -> int:
        return hash((self.on_pre, self.on_post, self.scale, self.pre, self.post))


def _plasticity(settings: dict) -> Plasticity:
    """Make a rule from its fields again when it is unpickled: read-only mappings cannot be pickled."""
    return Plasticity(**settings)


def joined_traces(rules: tuple[Plasticity, ...], side: str) -> Traces | None:
    """Return the traces of several rules on the side ``"pre"`` or ``"post"``."""
    found = [traces for rule in rules if (traces := getattr(rule, side)) is not None]
    return sum(found[1:], start=found[0]) if found else None


def joined_code(*pieces: str) -> str:
    """Return statements one a line, stripped."""
    return "\n".join(line for piece in pieces for line in map(str.strip, piece.splitlines()) if line)
