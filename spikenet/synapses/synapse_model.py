"""Synapse models: what a presynaptic spike does, and how a synapse learns, as frozen data. Needs no Brian2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from inspect import cleandoc
from types import MappingProxyType
from typing import TYPE_CHECKING

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.documentation import Docstring
from spikenet.neurons.equations.definitions import definitions, equation_lines, rename
from spikenet.neurons.model import NeuronModel
from spikenet.neurons.parameter import Parameter
from spikenet.synapses.plasticity import Plasticity, Traces, joined_code, joined_traces
from spikenet.synapses.synapse_checks import assigned, check_condition, check_names, check_texts
from spikenet.synapses.synapse_documentation import document_synapse
from spikenet.units import DIMENSIONLESS, Dimensions, dimensions_of, to_seconds, unit_text

if TYPE_CHECKING:
    from brian2 import Synapses

_TEXTS = ("on_pre", "on_post", "equations", "receptor", "reference", "description")
_BRIAN_FLAGS = re.compile(r"\((?:event-driven|clock-driven)\)")


@dataclass(frozen=True, eq=False)
class SynapseModel:
    """A synapse: what a presynaptic spike delivers, where it is added up, and how the weight learns, frozen.

    Every synapse has a weight ``w`` without a unit; what a spike delivers has the unit of the parameter ``weight``,
    which is delivered at ``w = 1``. A model is changed by making another one.

    Parameters
    ----------
    name : str
        Lower-case name.
    on_pre : str, optional
        Statements when a presynaptic spike arrives, in Brian2's notation: ``v_post += w*weight``.
    on_post : str, optional
        Statements after a postsynaptic spike.
    equations : str, optional
        Variables of each synapse besides ``w``, in Brian2's notation.
    receptor : str, optional
        Equations of the postsynaptic neuron that add up what arrives; their variable ``i_syn`` flows into the neuron's
        port, see `into`. Names end in ``_syn``. The unit ``[weight]`` is that of the parameter ``weight``, and
        ``[port]`` that of the port.
    delay : Quantity, str or float, optional
        From a presynaptic spike to its arrival; whole time steps.
    parameters : mapping of str to Quantity, str or float, optional
        Constants with their units; those of the rules of plasticity are added.
    plasticity : tuple of Plasticity, optional
        Rules by which the synapse changes.
    nonnegative : bool, optional
        True if weights must not be negative, as those of conductances.
    requires : tuple of str, optional
        What must hold for the parameters, such as ``"tau_syn > 0"``, in SI units.
    free_units : tuple of str, optional
        Parameters whose unit is that of what they are used with.
    reference, description : str, optional
        Publication that defines the synapse, and what it is, for ``help()``.
    symbols : mapping of str to str, optional
        What the parameters stand for, for ``help()``.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        If the fields do not fit together.

    Examples
    --------
    >>> from spikenet.synapses import SynapseModel
    >>> kick = SynapseModel(name="kick", on_pre="v_post += w*weight", parameters={"weight": "2 mV"}, delay="1 ms")
    >>> print(kick(weight="3 mV").parameters["weight"])
    3 mV
    """

    name: str
    on_pre: str = ""
    on_post: str = ""
    equations: str = ""
    receptor: str = ""
    delay: float = 0.0
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    plasticity: tuple[Plasticity, ...] = ()
    nonnegative: bool = False
    requires: tuple[str, ...] = ()
    free_units: tuple[str, ...] = ("weight",)
    reference: str = ""
    description: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        if not isinstance(self.name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise InvalidValueError(
                f"the synapse's name is {self.name!r}; wanted lower-case letters, digits and _, such as 'kick'"
            )
        check_texts(self.name, **{name: getattr(self, name) for name in _TEXTS})
        for name in ("parameters", "symbols"):
            if not isinstance(getattr(self, name), Mapping):
                raise InvalidTypeError(f"{self.name}: {name} is {getattr(self, name)!r}, wanted a mapping from names")
        check_texts(self.name, **{f"the description of {name}": text for name, text in self.symbols.items()})
        for name in ("plasticity", "requires", "free_units"):
            value = getattr(self, name)
            object.__setattr__(self, name, tuple(value) if isinstance(value, list | tuple) else (value,))
        if bad := [rule for rule in self.plasticity if not isinstance(rule, Plasticity)]:
            raise InvalidTypeError(f"{self.name}: plasticity has {bad[0]!r}, wanted rules of the class Plasticity")
        given = {name: value for rule in self.plasticity for name, value in rule.parameters.items()}
        parameters = {name: Parameter.of(value, name) for name, value in (given | dict(self.parameters)).items()}
        for name, parameter in parameters.items():
            parameter.single(f"{self.name}: {name}")
        for name, value in {
            "parameters": MappingProxyType(parameters),
            "symbols": MappingProxyType(dict(self.symbols)),
            "equations": "\n".join(equation_lines(self.equations)),
            "description": cleandoc(self.description),
            "delay": to_seconds(self.delay, f"{self.name}: delay"),
        }.items():
            object.__setattr__(self, name, value)
        check_names(self)
        for condition in (*self.requires, *(one for rule in self.plasticity for one in rule.requires)):
            check_condition(self, condition)

    # What it says -----------------------------------------------------------------------------------------------------

    @property
    def variables(self) -> dict[str, Dimensions]:
        """Dimensions of the variables of each synapse, the weight ``w`` first."""
        own = definitions(_BRIAN_FLAGS.sub("", f"w : 1\n{self.with_units(self.equations)}"), self.name)
        return {name: one.dimensions for name, one in own.items()}

    @property
    def code_on_pre(self) -> str:
        """All statements when a presynaptic spike arrives: what it delivers, then what the rules change."""
        scale = "*".join(f"({rule.scale})" for rule in self.plasticity if rule.scale)
        delivered = rename(self.on_pre, {"w": f"({scale}*w)"}) if scale else self.on_pre
        return joined_code(delivered, *(rule.on_pre for rule in self.plasticity))

    @property
    def code_on_post(self) -> str:
        """All statements after a postsynaptic spike."""
        return joined_code(self.on_post, *(rule.on_post for rule in self.plasticity))

    @property
    def pre_traces(self) -> Traces | None:
        """Traces of the presynaptic neuron, of all rules."""
        return joined_traces(self.plasticity, "pre")

    @property
    def post_traces(self) -> Traces | None:
        """Traces of the postsynaptic neuron, of all rules."""
        return joined_traces(self.plasticity, "post")

    @property
    def targets(self) -> tuple[str, ...]:
        """Variables of the postsynaptic neuron that a presynaptic spike changes."""
        changed = assigned(self.on_pre)
        return tuple(dict.fromkeys(name.removesuffix("_post") for name in changed if name.endswith("_post")))

    @property
    def initial_weight(self) -> float:
        """The weight ``w`` at the start: 1, or what a rule of plasticity says."""
        return next((r.initial_weight for r in self.plasticity[::-1] if r.initial_weight is not None), 1.0)

    @property
    def weight_range(self) -> tuple[float, float]:
        """Least and largest weight ``w``: of the rules of plasticity, from 0 for conductances, or without bounds."""
        low, high = (self.parameters[name].value if name in self.parameters else None for name in ("w_min", "w_max"))
        if low is None:
            low = 0.0 if self.nonnegative else -float("inf")
        return low, float("inf") if high is None else high

    def with_units(self, code: str) -> str:
        """Return code in which units such as ``[weight]`` are those of the parameters."""
        return re.sub(
            r"\[(\w+)\]",
            lambda match: unit_text(self.parameters[match[1]].dimensions) if match[1] in self.parameters else match[0],
            code,
        )

    # Other models -----------------------------------------------------------------------------------------------------

    def with_parameters(self, **parameters) -> "SynapseModel":
        """Return a model with other values of these parameters. Calling the model does the same.

        Parameters
        ----------
        **parameters : Quantity, str or float
            New values by name: quantities, texts (``"5 ms"``) or plain numbers in SI units. ``weight`` may have any
            unit; a plain number has none.

        Raises
        ------
        InvalidValueError, UnitError
            If the model has no such parameter, or the value does not fit it.

        Examples
        --------
        >>> import spikenet as sn
        >>> sn.synapses.STDP(a_plus=0.02).parameters["a_plus"].value
        0.02
        """
        changed = dict(self.parameters)
        free = {*self.free_units, *(name for rule in self.plasticity for name in rule.free_units)}
        for name, value in parameters.items():
            if name not in changed:
                raise InvalidValueError(f"{self.name} has no parameter {name!r}; it has {', '.join(changed) or 'none'}")
            own = dimensions_of(value) or DIMENSIONLESS if name in free else changed[name].dimensions
            changed[name] = Parameter.of(value, f"{self.name}: {name}", own)
        return replace(self, parameters=changed)

    __call__ = with_parameters

    def with_delay(self, delay) -> "SynapseModel":
        """Return a model with another delay, such as ``"2 ms"``."""
        return replace(self, delay=delay)

    def with_target(self, target: str) -> "SynapseModel":
        """Return a model that delivers to another variable of the postsynaptic neuron, such as ``"g_exc"``."""
        if not isinstance(target, str) or not target.isidentifier():
            raise InvalidValueError(f"{self.name}: the target is {target!r}, wanted the name of a variable such as 'v'")
        if len(self.targets) != 1:
            raise InvalidValueError(
                f"{self.name} changes {', '.join(self.targets) or 'nothing'} of the postsynaptic neuron; wanted one "
                "variable, to take another in its place"
            )
        return replace(self, on_pre=rename(self.on_pre, {f"{self.targets[0]}_post": f"{target}_post"}))

    def named(self, suffix: str) -> "SynapseModel":
        """Return a model whose receptor has names of its own, so that one neuron can have several.

        Parameters
        ----------
        suffix : str
            What stands in the place of ``syn`` in ``g_syn``, ``e_syn`` and ``tau_syn``, such as ``"exc"``.

        Examples
        --------
        >>> import spikenet as sn
        >>> print(sn.synapses.Conductance(e_syn="-75 mV").named("inh").parameters["e_inh"])
        -75 mV
        """
        if not isinstance(suffix, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", suffix):
            raise InvalidValueError(f"{self.name}: the suffix is {suffix!r}, wanted lower-case letters such as 'exc'")

        def renamed(text: str) -> str:
            return re.sub(r"(?<=[a-z0-9])_syn(?=_pre\b|_post\b|\b)|(?<=[a-z0-9])_syn(?=/)", f"_{suffix}", text)

        return replace(
            self,
            name=f"{self.name}_{suffix}",
            on_pre=renamed(self.on_pre),
            receptor=renamed(self.receptor),
            parameters={renamed(name): value for name, value in self.parameters.items()},
            requires=tuple(map(renamed, self.requires)),
            symbols={renamed(name): text for name, text in self.symbols.items()},
        )

    def with_plasticity(self, *rules: "Plasticity | SynapseModel") -> "SynapseModel":
        """Return a model that delivers what this one does, and learns by these rules, too.

        Parameters
        ----------
        *rules : Plasticity or SynapseModel
            Rules, or models whose rules are taken, with their parameters.

        Examples
        --------
        >>> import spikenet as sn
        >>> learning = sn.synapses.Conductance(weight="2 nS").with_plasticity(sn.synapses.STDP(a_plus=0.02))
        >>> print(learning.parameters["weight"], learning.parameters["a_plus"])
        2 nS 0.02
        """
        parameters, added = dict(self.parameters), list(self.plasticity)
        for one in rules:
            found = one.plasticity if isinstance(one, SynapseModel) else (one,)
            if not found or not all(isinstance(rule, Plasticity) for rule in found):
                raise InvalidTypeError(f"{one!r} has no rule of plasticity; give a Plasticity, or a model such as STDP")
            values = one.parameters if isinstance(one, SynapseModel) else one.parameters
            for name in (name for rule in found for name in rule.parameters):
                if name in parameters:
                    raise InvalidValueError(f"{self.name} and the rule both have a parameter {name!r}; rename one")
                parameters[name] = values[name]
            added.extend(found)
        return replace(self, parameters=parameters, plasticity=tuple(added))

    # In a network -----------------------------------------------------------------------------------------------------

    def into(self, neuron: NeuronModel, *, port: str = "i_in", voltage: str = "v") -> NeuronModel:
        """Return a neuron model with this synapse's receptor: what it delivers is added to a port.

        The port stays there for other drives. `NeuronModel.with_synapses` takes several synapses at once.

        Parameters
        ----------
        neuron : NeuronModel
            The postsynaptic neuron.
        port : str, optional
            The port that the receptor's current is added to.
        voltage : str, optional
            The variable that is the membrane potential.

        Raises
        ------
        InvalidValueError
            If the neuron lacks the port or the voltage, or has one of the receptor's variables already.
        UnitError
            If the port has another unit than the current.

        Examples
        --------
        >>> import spikenet as sn
        >>> sn.synapses.Conductance.into(sn.LIF).states
        ('v', 'g_syn')
        """
        from spikenet.synapses.receptor import with_receptor  # noqa: PLC0415 (Brian2 takes 1.6 s to import)

        return with_receptor(self, neuron, port, voltage)

    def connect(self, pre, post, pattern="all_to_all", *, p=1.0, weights=None, delay=None, **settings) -> "Synapses":
        """Connect two groups of neurons.

        Parameters
        ----------
        pre, post : NeuronGroup, Subgroup, PoissonGroup or SpikeGeneratorGroup
            Presynaptic and postsynaptic neurons.
        pattern : {"all_to_all", "one_to_one"}, str or tuple of array, optional
            Which pairs are connected: a condition in Brian2's notation such as ``"i != j"``, or two arrays (i, j) of
            indices (synapse,).
        p : float, optional
            Share of these pairs that get a synapse, by chance.
        weights : float, str, Quantity, array or sparse matrix, optional
            Weights ``w``: one for all, an expression such as ``"rand()"``, one for each synapse of index arrays, or a
            matrix (pre, post). Quantities are divided by the parameter ``weight``. A sparse matrix has synapses where
            it stores a number.
        delay : Quantity, str, float or array, optional
            One for all, an expression such as ``"1*ms + rand()*ms"``, whose values Brian2 rounds to time steps, or
            an array in the shape of the indices or of the matrix. That of the model if left out.
        **settings
            Other arguments of ``brian2.Synapses``, such as ``name`` and ``method``.

        Returns
        -------
        brian2.Synapses
            Plain synapses, with the parameters as shared variables. Groups that keep traces belong to them, and run
            wherever they run.

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnitError
            If groups, weights or delays do not fit the synapse; nothing has been compiled then.

        Examples
        --------
        >>> import brian2 as b2, spikenet as sn
        >>> pre, post = sn.LIF.neuron_group(100), sn.LIF.neuron_group(10)
        >>> synapses = sn.synapses.STDP(a_plus=0.01).connect(pre, post, weights="rand()")
        >>> len(synapses)
        1000
        """
        from spikenet.synapses.brian2_synapse_internals import caller_namespace  # noqa: PLC0415 (Brian2 takes 1.6 s)
        from spikenet.synapses.connection import Wiring, connect  # noqa: PLC0415

        wiring = Wiring(pattern, p, weights, self.delay if delay is None else delay, caller_namespace(1))
        return connect(self, pre, post, wiring, settings)

    # As other objects are ---------------------------------------------------------------------------------------------

    def _settings(self) -> dict:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __reduce__(self):
        """Make the model from its fields again when it is unpickled: read-only mappings cannot be pickled."""
        settings = self._settings()
        return _synapse_model, (settings | {name: dict(settings[name]) for name in ("parameters", "symbols")},)

    def __eq__(self, other) -> bool:
        return self._settings() == other._settings() if isinstance(other, SynapseModel) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.on_pre, self.plasticity, tuple(self.parameters.items())))

    def __repr__(self) -> str:
        parameters = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.name}({parameters})"


def _synapse_model(settings: dict) -> SynapseModel:
    return SynapseModel(**settings)


SynapseModel.__doc__ = Docstring(SynapseModel.__doc__, document_synapse)
