"""Parts of Brian2 that its documentation does not promise, for synapses; as `spikenet.brian2_internals` has others.

Each name says what it assumes; ``tests/synapses/test_brian2_synapse_internals.py`` tests that.
"""

from collections.abc import Mapping

import brian2
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS, get_local_namespace
from brian2.core.variables import Variable
from brian2.equations.codestrings import Expression
from brian2.equations.unitcheck import check_units_statements
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.synapses.synapses import SummedVariableUpdater
from brian2.units.fundamentalunits import DimensionMismatchError, get_or_create_dimension

from spikenet.neurons.equations.definitions import identifiers
from spikenet.units import SECOND, Dimensions


def expression_dimensions(code: str, dimensions: Mapping[str, Dimensions]) -> Dimensions | None:
    """Return the dimensions of an expression, from those of its names; None where units do not add up.

    Assumes that ``parse_expression_dimensions`` takes objects with ``dim``, functions and units by name.
    """
    try:
        found = parse_expression_dimensions(code, _variables(code, dimensions))
    except DimensionMismatchError:
        return None
    return tuple(round(power) for power in found._dims)


def unit_error_in(statements: str, dimensions: Mapping[str, Dimensions]) -> str | None:
    """Return what Brian2 says of units in statements; None if they fit.

    Assumes that ``check_units_statements`` takes the same objects, and knows temporary variables.
    """
    try:
        check_units_statements(statements, _variables(statements, dimensions))
    except DimensionMismatchError as error:
        return str(error)
    return None


def _variables(code: str, dimensions: Mapping[str, Dimensions]) -> dict:
    own = {"t": SECOND, "dt": SECOND, **dimensions}
    variables = {name: Variable(name, dimensions=get_or_create_dimension(list(dims))) for name, dims in own.items()}
    units = {
        name: Variable(name, dimensions=DEFAULT_UNITS[name].dim) for name in identifiers(code) if name in DEFAULT_UNITS
    }
    return DEFAULT_FUNCTIONS | DEFAULT_CONSTANTS | units | variables


def refer(synapses: brian2.Synapses, name: str, group: brian2.NeuronGroup, variable: str, side: str) -> None:
    """Let code of synapses read a variable of another group, with a value for each neuron on one side, under a name.

    ``side`` is ``"pre"`` or ``"post"``. Assumes that synapses and each of their pathways resolve names in
    ``variables``, and that the arrays ``_presynaptic_idx`` and ``_postsynaptic_idx`` hold the indices of neurons,
    counted in the group that a subgroup is a part of.
    """
    index = {"pre": "_presynaptic_idx", "post": "_postsynaptic_idx"}[side]
    for owner in (synapses, *synapses._pathways):
        owner.variables.add_reference(name, group, variable, index=index)


def refer_to_shared(group: brian2.Group, name: str, owner: brian2.Group, variable: str) -> None:
    """Let a group's code read a shared variable of another one under a name. Assumes that its index is ``"0"``."""
    for one in (group, *getattr(group, "_pathways", ())):
        one.variables.add_reference(name, owner, variable, index="0")


def caller_namespace(level: int) -> dict:
    """Return the names around a call, ``level`` calls further out than the function that calls this.

    Assumes that ``get_local_namespace`` counts frames from the function that calls it.
    """
    return get_local_namespace(level + 1)


def set_by(group: brian2.Group, name: str, values, namespace: dict) -> None:
    """Set a variable to SI values, or by an expression with its unit whose other names are in ``namespace``.

    Assumes that ``set_item`` of a view of a variable takes a namespace for expressions, and checks their unit if the
    view has one.
    """
    view = group.state(name, use_units=isinstance(values, str))
    view.set_item(slice(None), values, namespace=namespace)


def add_up(synapses: brian2.Synapses, variable: str, target: brian2.NeuronGroup, into: str, **order) -> None:
    """Add a variable of synapses up by postsynaptic neuron, in each step of the target's clock.

    ``into`` is the name under which the synapses know the sum, a variable of ``target``, which is that part of a group
    where the synapses' own target is in its group: devices clear as many sums as there are targets, from the start of
    the part on. Assumes that ``SummedVariableUpdater``, which is for the flag ``summed``, takes its clock from the
    target, and ``when`` and ``order`` as attributes, and that all devices add up without races there, which they do not
    in other code.
    """
    updater = SummedVariableUpdater(Expression(variable), into, synapses, target, "N_post", "_synaptic_post")
    for name, value in order.items():
        setattr(updater, name, value)
    synapses.contained_objects.append(updater)


def whole_group(group: brian2.Group) -> brian2.Group:
    """Return the group that a subgroup is a part of. Assumes that it is its ``source``, and that others have none."""
    return group.source if isinstance(group, brian2.Subgroup) else group
