"""What `spikenet.scripts.brian2_script_internals` assumes of Brian2, one test an assumption."""

import gc
from pathlib import Path
from types import SimpleNamespace

import brian2
import numpy as np
import pytest
from brian2 import ms

from spikenet.brian2_internals import CPPStandaloneDevice, RuntimeDevice, reset_device
from spikenet.engines.active_device import standalone_device
from spikenet.scripts import brian2_script_internals as internals
from tests.test_brian2_internals import recording_device


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


def test_monitors_and_synapses_keep_in_dictionaries_and_sets_what_templates_go_through():
    seen = {}
    with standalone_device(recording_device(seen)):
        cells = brian2.NeuronGroup(3, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", method="euler")
        synapses = brian2.Synapses(cells, cells, "w : 1", on_pre="v += w")
        synapses.connect()
        monitor = brian2.SpikeMonitor(cells, variables="v")
        brian2.run(1 * ms)
        assert isinstance(synapses._registered_variables, set) and monitor.name
    assert {"v", "i", "t"} <= set(seen["spikemonitor"]["record_variables"])


def test_sets_are_lists_in_order_as_long_as_a_template_reads_them():
    class Owner:
        _registered_variables = registered = {"w", "delay", "x"}

    settings = {"record_variables": {"t": 1, "i": 2}}
    with internals.sets_in_order(Owner, settings, str):
        assert Owner._registered_variables == ["delay", "w", "x"]
        assert list(settings["record_variables"]) == ["i", "t"]
    assert Owner._registered_variables is Owner.registered
    with pytest.raises(ZeroDivisionError), internals.sets_in_order(Owner, {}, str):
        raise ZeroDivisionError
    assert Owner._registered_variables is Owner.registered
    with internals.sets_in_order(object(), {}, str):
        pass


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> SimpleNamespace:
    """A script's sources, not compiled, with what its device knew."""
    folder = tmp_path_factory.mktemp("project")
    device = CPPStandaloneDevice()
    with standalone_device(device):
        group = cells(name="cells", reset="v = 0")
        group.v = [0.1, 0.2, 0.3]
        spikes = brian2.SpikeMonitor(group, name="spikes")
        unused = brian2.NeuronGroup(2, "w = 2*t : second", dt=3 * ms, name="unused")  # a clock, and nothing to do
        for _ in range(2):
            brian2.run(2 * ms, profile=True)
        events, queue = internals.recorded_events(device), list(device.main_queue)
        names = {name: device.get_array_name(group.clock.variables[name]) for name in internals.CLOCK_VARIABLES}
        brian2.device.build(directory=str(folder), compile=False, run=False, with_output=False)
        assert spikes.name and unused.name
    return SimpleNamespace(folder=folder, events=events, queue=queue, clock=names)


def test_the_main_queue_is_of_kinds_and_arguments(project):
    kinds = {kind for kind, _ in project.queue}
    assert {"run_network", "set_by_array"} <= kinds
    runs = [arguments for kind, arguments in project.queue if kind == "run_network"]
    assert all(isinstance(lines, list) for _, lines in runs)
    assert any(line.endswith(", NULL);") for line in runs[0][1])  # a clock's: what has no function


def test_the_queue_and_the_lines_of_clocks_can_be_sorted():
    queue = [
        ("set_by_constant", ("v", 1, False)),
        ("set_by_single_value", ("b_t", 0, 1)),
        ("set_by_single_value", ("a_t", 0, 1)),
        ("set_by_single_value", ("a_t", 0, 2)),
        ("set_by_constant", ("a", 1, False)),
        ("run_network", ("net", ["b();", "net.add(&b, NULL);", "net.add(&a, NULL);", "a();"])),
    ]
    clocks = [SimpleNamespace(variables={name: f"{one}_{name}" for name in internals.CLOCK_VARIABLES}) for one in "ab"]
    device = SimpleNamespace(main_queue=queue, clocks=clocks, get_array_name=str)
    internals.sort_main_queue(device)
    assert device.main_queue is queue
    assert [item[1][0] for item in queue] == ["v", "a_t", "a_t", "b_t", "a", "net"]
    assert [item[1][2] for item in queue[1:3]] == [1, 2]  # one after the other, as they were
    assert queue[-1][1][1] == ["b();", "net.add(&a, NULL);", "net.add(&b, NULL);", "a();"]


def test_arrays_have_names_in_the_sources_and_files_of_results(project):
    objects = (project.folder / "objects.cpp").read_text()
    for name in project.clock.values():
        assert name in objects


def test_monitors_record_into_dynamic_arrays_with_files(project):
    assert {"i", "t"} <= set(project.events["spikes"]) and set(project.events) == {"spikes"}
    file, dtype = project.events["spikes"]["t"]
    assert Path(file).name in (project.folder / "objects.cpp").read_text() and np.dtype(dtype) == np.float64


def test_only_monitors_of_events_have_events():
    weights = type("Weights", (), {"owner": SimpleNamespace(name="synapses")})
    assert internals.recorded_events(SimpleNamespace(dynamic_arrays={weights: "w"})) == {}


def test_another_device_is_noticed_when_it_becomes_active():
    refused = ValueError("no")
    with standalone_device(CPPStandaloneDevice()):
        ours = brian2.get_device()
        with internals.other_devices_refused(refused):
            for change in (lambda: brian2.set_device("runtime"), reset_device):
                with pytest.raises(ValueError, match="no"):
                    exec("change()", {"change": change, "__name__": "a_script"})
                brian2.all_devices["ours"] = ours
                brian2.set_device("ours")
            with internals.evaluated_in_process():  # spikenet's own
                pass
        del brian2.all_devices["ours"]
        brian2.set_device("runtime")
    assert "activate" not in vars(brian2.all_devices["runtime"])


def test_a_device_in_process_can_be_asked_before_a_network_runs(monkeypatch):
    device, seen, tau = brian2.get_device(), [], 3 * ms
    monkeypatch.setattr(device, "network_run", None, raising=False)
    internals.check_networks(device, lambda net: seen.append(net.name))
    group = brian2.NeuronGroup(1, "dv/dt = 1/tau : 1", method="euler", name="asked")
    network = brian2.Network(group, name="asked_network")
    network.run(3 * ms)  # the script's own tau is found
    assert seen == ["asked_network"] and group.v[0] == pytest.approx(1) and tau
    assert not internals.is_magic(network) and internals.is_magic(brian2.magic_network)


def test_objects_in_scope_are_those_of_the_script():
    with standalone_device(CPPStandaloneDevice()):
        group = cells(name="within")
        assert {one.name for one in internals.objects_in_scope()} >= {"within", "within_stateupdater"}
        assert group.name
    assert "within" not in {one.name for one in internals.objects_in_scope()}


def test_an_error_says_where_its_object_was_made():
    group = brian2.NeuronGroup(1, "dv/dt = no_such_thing : 1", method="euler")
    with pytest.raises(brian2.BrianObjectException) as raised:
        brian2.Network(group).run(1 * ms, namespace={})
    assert internals.place_of(raised.value).startswith(f"{__file__}, line ")


def test_preferences_know_their_defaults(monkeypatch):
    name = "codegen.cpp.extra_compile_args_gcc"
    kept = brian2.prefs[name]
    assert internals.preference_as_it_comes(name)
    brian2.prefs[name] = ["-O1"]
    try:
        assert not internals.preference_as_it_comes(name)
    finally:
        brian2.prefs[name] = kept


def test_monitors_record_by_lines_that_may_be_in_any_order():
    monitor = brian2.StateMonitor(cells(), True, record=True)
    lines = str(monitor.abstract_code).splitlines()
    assert len(lines) > 1 and all(line.startswith("_to_record_") for line in lines)
    assert internals.records_in_order(monitor, "\n".join(lines)).splitlines() == sorted(lines)
    assert internals.records_in_order(monitor, {None: "b\na"}) == {None: "a\nb"}
    assert internals.records_in_order(None, "b\na") == "b\na"


def test_results_are_read_from_a_folder_that_ends_in_a_slash(tmp_path):
    device = CPPStandaloneDevice()
    with standalone_device(device):
        group = cells(name="cells")
        group.v = 1
        (tmp_path / device.get_array_filename(group.variables["v"])).write_bytes(np.array([1.0, 2, 3]).tobytes())
        (tmp_path / "last_run_info.txt").write_text("0.5 1.0")
        internals.put_results(device, tmp_path, [])
        assert device.get_value(group.variables["v"]).tolist() == [1, 1, 1]  # known before
        internals.put_results(device, tmp_path, ["cells.v"])
        assert device.get_value(group.variables["v"]).tolist() == [1, 2, 3]
        internals.warn_of_values_that_are_not_finite(device)
        assert device._last_run_time == 0.5


def test_times_of_code_objects_are_in_a_file(project, tmp_path):
    assert 'results_dir + "profiling_info.txt"' in (project.folder / "objects.cpp").read_text()
    network = brian2.Network()
    internals.put_profile([network], tmp_path)
    with pytest.raises(ValueError, match="No profiling info"):
        brian2.profiling_summary(network)
    (tmp_path / "profiling_info.txt").write_text("a\t0.5\nb\t1.5\n")
    internals.put_profile([network], tmp_path)
    assert "b    1.50 s    75.00 %" in str(brian2.profiling_summary(network))


def test_a_device_below_brian2s_has_its_gsl_integrators():
    class Below(CPPStandaloneDevice):
        pass

    device = Below()
    with standalone_device(device):
        group = brian2.NeuronGroup(1, "dv/dt = -v/ms : 1", method="gsl_rk2")
        with internals.gsl_allowed(device):
            brian2.run(1 * ms)
        assert "gsl" in device.libraries and type(device) is Below and group.name
        assert internals.GSLContainer.get_codeobj_class.__module__.startswith("brian2.")
