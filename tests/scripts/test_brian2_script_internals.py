"""What `spikenet.scripts.brian2_script_internals` assumes of Brian2, one test an assumption."""

import gc

import brian2
import pytest
from brian2 import ms

from spikenet.brian2_internals import CPPStandaloneDevice, RuntimeDevice, reset_device
from spikenet.engines.active_device import standalone_device
from spikenet.scripts import brian2_script_internals as internals


def cells(**settings) -> brian2.NeuronGroup:
    return brian2.NeuronGroup(3, "v : 1\ntwice = 2*v : 1", threshold="v > 1", **settings)


def test_set_device_finds_a_device_by_the_names_of_others():
    device, before = RuntimeDevice(), dict(brian2.all_devices)
    with internals.standing_for(device, ("cpp_standalone", "of_nobody")):
        brian2.set_device("cpp_standalone")
        assert brian2.get_device() is device
        reset_device()
    assert dict(brian2.all_devices) == before


def test_a_variable_knows_its_owner_while_it_is_there():
    group = cells()
    variable = group.variables["v"]
    assert internals.owner_of(variable).name == group.name
    del group
    gc.collect()
    assert internals.owner_of(variable) is None
    internals.name_owners_that_are_gone([variable])
    assert variable.owner.name == "gone"


def test_synapses_list_the_arrays_that_grow_with_them():
    group = cells()
    synapses = brian2.Synapses(group, group, "w : 1", on_pre="v_post += w")
    names = {variable.name for variable in internals.values_of_synapses(synapses)}
    assert {"w", "delay"} <= names and not any(name.startswith("_synaptic") for name in names)
    network = brian2.Network(group, synapses)
    assert internals.pathways([synapses], network) == [f"{synapses.name}_pre"]
    assert internals.pathways([synapses], brian2.Network(group)) == []


def test_a_generator_of_spikes_has_what_it_knows_in_two_attributes():
    source = brian2.SpikeGeneratorGroup(1, [0], [1] * ms)
    network = brian2.Network(source)
    before = internals.attributes_of_generators(network)
    assert before[source.name, "_spikes_changed"] is True
    network.run(1 * ms, namespace={})
    assert internals.attributes_of_generators(network) != before
    internals.put_attributes(network, before)
    assert internals.attributes_of_generators(network) == before


def test_a_network_goes_on_from_its_time():
    network = brian2.Network(cells())
    internals.put_time(network, 0.5)
    network.run(1 * ms)
    assert float(network.t) == pytest.approx(0.501)


def test_a_state_monitor_reads_the_length_of_a_group_for_its_check(monkeypatch):
    seen = []
    group = cells()
    monkeypatch.setattr(
        brian2.NeuronGroup, "__len__", lambda _: seen.append(internals.only_checks_indices()) or 3, raising=False
    )
    brian2.StateMonitor(group, "v", record=[0])
    assert seen and all(seen)
    seen.clear()
    brian2.StateMonitor(group, "v", record=True)
    len(group)
    assert seen and not any(seen)


def test_code_in_process_takes_values_from_the_device_that_has_them():
    with standalone_device(CPPStandaloneDevice()):
        group = cells()
        group.v = 1
        with internals.evaluated_in_process():
            assert isinstance(brian2.get_device(), RuntimeDevice)
            assert set(group.twice[:]) == {2}
