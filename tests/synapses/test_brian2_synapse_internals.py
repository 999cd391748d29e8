"""What `spikenet.synapses.brian2_synapse_internals` assumes of Brian2, one test an assumption."""

import brian2
import numpy as np
import pytest
from brian2 import Network, NeuronGroup, Synapses, ms

from spikenet.synapses.brian2_synapse_internals import (
    add_up,
    caller_namespace,
    expression_dimensions,
    refer,
    refer_to_shared,
    set_by,
    unit_error_in,
    whole_group,
)
from spikenet.units import DIMENSIONLESS, parse_unit

VOLT, SIEMENS, AMP = (parse_unit(unit)[0] for unit in ("V", "S", "A"))


def cells(n=5, **settings) -> NeuronGroup:
    return NeuronGroup(n, "v : 1", threshold="i == 1", **settings)


def test_dimensions_of_an_expression_come_from_names_functions_and_units():
    known = {"g": SIEMENS, "v": VOLT, "w": DIMENSIONLESS}
    assert expression_dimensions("g*(0*mV - v)*exp(w)", known) == AMP
    assert expression_dimensions("g + v", known) is None


def test_statements_are_checked_with_temporary_variables():
    known = {"v": VOLT, "w": DIMENSIONLESS}
    assert unit_error_in("twice = 2*w\nv += twice*mV", known) is None
    assert "unit" in unit_error_in("twice = 2*w\nv += twice", known)


def test_code_of_synapses_reads_variables_of_other_groups_by_neuron():
    """Of subgroups, too, where the indices count in the whole group."""
    group, other = cells(), NeuronGroup(5, "x : 1")
    other.x = [10, 11, 12, 13, 14]
    synapses = Synapses(group[1:], group[2:4], "w : 1", on_pre="w = 100*x_pre + y_post")
    synapses.connect()
    refer(synapses, "x_pre", other, "x", "pre")
    refer(synapses, "y_post", other, "x", "post")
    Network(group, other, synapses).run(0.1 * ms)
    np.testing.assert_array_equal(synapses.w[0, :], [1112, 1113])


def test_code_of_a_group_reads_a_shared_variable_of_another_one():
    group, other = cells(), NeuronGroup(1, "k : 1 (constant, shared)")
    other.k = 7
    synapses = Synapses(group, group, "w : 1", on_pre="w = 2*factor")
    synapses.connect("i == 1")
    refer_to_shared(synapses, "factor", other, "k")
    Network(group, other, synapses).run(0.1 * ms)
    assert (np.array(synapses.w) == 14).all()


def test_the_namespace_of_the_caller_is_found_and_used_in_expressions():
    def called():
        return caller_namespace(1)

    bound = 3
    group = cells()
    set_by(group, "v", "i*bound", called())
    np.testing.assert_array_equal(group.v[:], np.arange(5) * bound)


def test_variables_of_synapses_are_added_up_by_the_clock_of_the_sums():
    """At 0 and 1 ms; weights that change at 0.5 ms count from 1 ms on."""
    group, sums = cells(), NeuronGroup(5, "total : 1", dt=1 * ms)
    synapses = Synapses(group, group[2:4], "w : 1", on_pre="w += 0")
    synapses.connect()
    refer(synapses, "total_post", sums, "total", "post")
    add_up(synapses, "w", sums[2:4], "total_post", when="end", order=1)
    network = Network(group, sums, synapses)
    for before, found in ((1, 5), (2, 5), (2, 10)):
        synapses.w = before
        network.run(0.5 * ms)
        np.testing.assert_array_equal(sums.total[:], [0, 0, found, found, 0])


def test_a_subgroup_has_its_group_as_source():
    group = cells()
    assert whole_group(group[2:]).name == whole_group(group).name == group.name
    assert len(whole_group(group[2:])) == 5


@pytest.fixture(autouse=True)
def quiet():
    brian2.BrianLogger.suppress_name("unused_brian_object")
